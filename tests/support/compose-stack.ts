import { randomBytes } from 'node:crypto';
import {
  DockerComposeEnvironment,
  type StartedDockerComposeEnvironment,
  Wait,
  type WaitStrategy,
} from 'testcontainers';
import { until } from 'local/until';
import { Addresses } from './addresses';
import { checkout, docker, dockerCompose } from './docker';
import { type PartName, portNames, type Ports } from './parts';
import { asEnvironment, portsFor } from './ports';
import type { Stack } from './stack';

const startDeadlineMs = 240_000;
const restartDeadlineMs = 60_000;
const startAttempts = 3;

/** The system as `docker compose up` runs it, by testcontainers, as a project of its own. */
export class ComposeStack extends Addresses implements Stack {
  private environment: StartedDockerComposeEnvironment | undefined;

  private constructor(
    readonly project: string,
    ports: Ports,
    readonly files: readonly string[],
    readonly variables: Readonly<Record<string, string>>,
  ) {
    super(ports);
  }

  /**
   * @param files compose files, the later over the earlier ones
   * @param more further variables of ports that they publish
   * @param settings further variables
   */
  static async start(
    files: readonly string[] = ['docker-compose.yml'],
    more: readonly string[] = [],
    settings: Readonly<Record<string, string>> = {},
  ): Promise<ComposeStack> {
    for (let attempt = 1; ; attempt++) {
      const ports = await portsFor([...portNames, ...more]);
      const project = `outbox-analytics-test-${randomBytes(4).toString('hex')}`;
      const variables = { ...asEnvironment(ports), ...settings };
      const stack = new ComposeStack(project, ports as Ports, files, variables);
      try {
        await stack.startAgain();
        return stack;
      } catch (error) {
        await stack.remove();
        // Most of a minute goes by between the choice of a port and its use.
        const taken = /address already in use|port is already allocated/.test(String(error));
        if (!taken || attempt === startAttempts) throw error;
      }
    }
  }

  /** One that another test file has started, from what that file wrote down. */
  static running({
    project,
    ports,
    files,
    variables,
  }: Pick<ComposeStack, 'project' | 'ports' | 'files' | 'variables'>): ComposeStack {
    return new ComposeStack(project, ports, files, variables);
  }

  async startAgain(): Promise<void> {
    this.environment = await new DockerComposeEnvironment(checkout, [...this.files])
      .withProjectName(this.project)
      .withEnvironment(this.variables)
      // The image of testcontainers' reaper is one more to pull: `remove` does it.
      .withAutoCleanup(false)
      .withDefaultWaitStrategy(untilHealthy())
      .withStartupTimeout(startDeadlineMs)
      .up();
  }

  async kill(part: PartName): Promise<void> {
    const service = serviceOf(part);
    const before = await until(() => this.incarnation(service), restartDeadlineMs);
    await this.killWithin(service);
    await until(async () => {
      if ((await this.incarnation(service)) === before) throw new Error(`${part} is not restarted`);
    }, restartDeadlineMs);
  }

  /** A container that docker kills by order is not restarted. */
  async killAll(): Promise<void> {
    await this.compose('kill');
  }

  async remove(): Promise<void> {
    if (this.environment === undefined) await this.compose('down', '-v');
    else await this.environment.down({ timeout: 1_000 });
  }

  /** Runs `docker compose …` on this project. @returns what it prints */
  compose(...args: string[]): Promise<string> {
    const files = this.files.flatMap((file) => ['-f', file]);
    return dockerCompose(['-p', this.project, ...files, ...args], this.variables);
  }

  /** What `docker inspect` says of a service's container. */
  async inspect(service: string, format: string): Promise<string> {
    const container = (await this.compose('ps', '-aq', service)).trim();
    return (await docker('inspect', '-f', format, container)).trim();
  }

  /** Tells one run of a container from the next. @throws when it does not run */
  private async incarnation(service: string): Promise<string> {
    const state = await this.inspect(service, '{{.State.Running}} {{.State.StartedAt}}');
    const [running, startedAt = ''] = state.split(' ');
    if (running !== 'true') throw new Error(`${service} does not run`);
    return startedAt;
  }

  /** From within, because after `docker kill` no restart policy applies. */
  async killWithin(service: string): Promise<void> {
    try {
      // Everything but this shell and process 1, the init, which then ends with it.
      await this.compose('exec', '-T', service, 'sh', '-c', 'kill -9 -1');
    } catch {
      // The container's end is this command's, too.
    }
  }
}

/** Who is unhealthy may be well the next moment: on a busy machine checks run out of time. */
function untilHealthy(): WaitStrategy {
  const strategy = Wait.forHealthCheck();
  const look = strategy.waitUntilReady.bind(strategy);
  strategy.waitUntilReady = (...args) => until(() => look(...args), startDeadlineMs);
  return strategy;
}

/** The compose file calls the database by its host name. */
const serviceOf = (part: PartName): string => (part === 'postgres' ? 'db' : part);
