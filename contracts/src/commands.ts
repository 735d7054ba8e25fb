/** How the system is run, and so which commands a message names. */
export const runBys = ['npm', 'compose', 'kubernetes'] as const;
export type RunBy = (typeof runBys)[number];

let runBy: RunBy = 'npm';

/**
 * Says how the system is run that this process is a part of: once, when it starts. What is wrong is worded where it is
 * found, far from any configuration.
 */
export function nameCommandsFor(how: RunBy): void {
  runBy = how;
}

/** A command of this repository: a verb of `outbox`, which is also an npm script, and its arguments. */
export interface Command {
  readonly script: keyof typeof inContainers;
  readonly args: readonly string[];
}

/** In which service's container each verb runs. */
const inContainers = {
  status: 'exec query-service',
  'dead-letters': 'exec query-service',
  consumption: 'exec query-service',
  reemit: 'exec command-service',
  reconcile: 'exec relay-keeper',
  explain: 'exec relay-keeper',
  // As the migration role, whose password the keeper does not know.
  relay: 'run --rm relay-setup',
  'relay-setup': 'run --rm relay-setup',
  'new-history': 'run --rm relay-setup',
} as const;

/** Whether this verb runs in a container where the system does; the others run on the host. */
export const isInContainers = (verb: string): verb is Command['script'] => verb in inContainers;

/** How docker compose runs a verb, up to the program: `exec query-service`. */
export const containerOf = (verb: Command['script']): string => inContainers[verb];

/** The command as it is typed where the system runs. */
export function commandOf({ script, args }: Command): string {
  if (runBy === 'npm')
    return ['npm run', script, ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const how = runBy === 'compose' ? `docker compose ${containerOf(script)}` : inPod(script);
  return [how, 'outbox', script, ...args].join(' ');
}

/** How a verb runs in Kubernetes, up to the program. What is no `exec` is a Job (kubernetes/README.md). */
function inPod(script: Command['script']): string {
  const [how, service] = containerOf(script).split(' ') as [string, string];
  if (how !== 'exec') return 'a Job like relay-setup with the command';
  return `kubectl exec ${service === 'query-service' ? 'statefulset' : 'deployment'}/${service} --`;
}

/** A tool of Kafka's, up to the arguments that say what it does. Where Kafka takes such requests, only the operator knows. */
function kafkaTool(name: string): string {
  const tool = runBy === 'compose' ? `docker compose exec kafka /opt/kafka/bin/${name}` : name;
  return `${tool} --bootstrap-server …`;
}

/** What lets a user of Kafka's write to topics. Who that is, only the operator knows. */
export function allowWriting(topics: readonly string[]): string {
  const names = topics.map((topic) => ` --topic ${topic}`).join('');
  return `${kafkaTool('kafka-acls.sh')} --add --allow-principal User:… --operation Write${names}`;
}

/** What lets larger records into a topic. @param bytes of the largest */
export function allowBytes(topic: string, bytes: number): string {
  return `${kafkaTool('kafka-configs.sh')} --alter --entity-type topics --entity-name ${topic} --add-config max.message.bytes=${bytes}`;
}

/** What starts a part that died, or tells why it does not start. @param service as docker compose names it */
export function startOf(service: 'db' | 'kafka' | 'connect'): string {
  // In Kubernetes others run these.
  if (runBy === 'kubernetes') return 'see what runs it (kubectl get pods), and NetworkPolicies';
  const part = service === 'db' ? 'postgres' : service;
  return runBy === 'npm'
    ? `npm start restarts it, and .local/logs/${part}.log says why it went`
    : `docker compose up -d ${service}`;
}

/** Who creates, changes, restarts and deletes the connector: nobody else does. */
export const connectorManagers = ['relay-keeper', 'strimzi'] as const;
export type ConnectorManager = (typeof connectorManagers)[number];

/** How an operator has something done to the connector. */
export interface ConnectorManagement {
  readonly managedBy: ConnectorManager;
  /** Where operators reach what they get of Connect's REST API. */
  readonly connectUrl: string;
}

/** What an operator may have done to the connector: by Connect's REST API, and by Strimzi's KafkaConnector. */
const connectorActions = {
  stop: { request: ['PUT', '/stop'], strimzi: inState('stopped') },
  resume: { request: ['PUT', '/resume'], strimzi: inState('running') },
  restart: {
    request: ['POST', '/restart?includeTasks=true'],
    strimzi: annotated('strimzi.io/restart=includeTasks'),
  },
  'delete-offsets': {
    request: ['DELETE', '/offsets'],
    strimzi: annotated('strimzi.io/connector-offsets=reset'),
  },
  delete: { request: ['DELETE', ''], strimzi: 'kubectl delete kafkaconnector outbox-relay' },
} as const;

function inState(state: string): string {
  return `kubectl patch kafkaconnector outbox-relay --type merge -p '{"spec":{"state":"${state}"}}'`;
}

function annotated(annotation: string): string {
  return `kubectl annotate kafkaconnector outbox-relay ${annotation}`;
}

/** The command by which an operator has this done to the connector. */
export function connectorCommand(
  action: keyof typeof connectorActions,
  { managedBy, connectUrl }: ConnectorManagement,
): string {
  const { request, strimzi } = connectorActions[action];
  if (managedBy === 'strimzi') return strimzi;
  const [method, path] = request;
  const url = `${connectUrl.replace(/\/$/, '')}/connectors/outbox-relay${path}`;
  // The listener takes no other POST (service-kit/src/gate.ts).
  const json = method === 'POST' ? ` -H 'Content-Type: application/json'` : '';
  // A shell would take the ? for a pattern.
  return `curl -X ${method}${json} ${path.includes('?') ? `'${url}'` : url}`;
}

/** What gives Strimzi the connector of this repository. */
export const applyConnector = 'apply the KafkaConnector: kubectl apply -k kubernetes';
