/**
 * The environment of one part: `COMMAND_SERVICE_ENV_DB_PORT=5433` sets DB_PORT for the command service
 * only, whatever it is for the others. So a part can be led through a proxy, or get NODE_OPTIONS of its own.
 *
 * @param part as its log file is called, such as `command-service`
 * @param environment what all parts would get
 */
export function environmentOfPart(part: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const prefix = `${part.replaceAll('-', '_').toUpperCase()}_ENV_`;
  const own: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith(prefix)) own[name.slice(prefix.length)] = value;
  }
  return { ...environment, ...own };
}
