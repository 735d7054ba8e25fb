import type { SnapshotFirstLine } from 'contracts/snapshot';
import { startTemporaryBroker, type TemporaryBroker } from '../../../local/test/support/temporary';
import type { Definition } from '../../src/views/view';
import { runCommand, type CommandResult } from './command';
import { homes } from './homes';
import { connectTo, type TestCluster } from './kafka';
import { eventually, forget, startService, type TestService } from './service';

/** A broker for the file; topics and a service that reads them, anew for each test. */
class Suite {
  constructor(private readonly partitions = 2) {}

  private running: { broker: TemporaryBroker; cluster: TestCluster } | undefined;
  private current: TestService | undefined;
  private groups = 0;

  get broker(): TemporaryBroker {
    return present(this.running).broker;
  }

  /** The relay's side: topics and events. */
  get cluster(): TestCluster {
    return present(this.running).cluster;
  }

  get service(): TestService {
    return present(this.current);
  }

  /** What the consumer groups of this test's services begin with. */
  get group(): string {
    return `group-${this.groups}`;
  }

  /** The groups that somebody is a member of and whose names begin so. */
  async liveGroups(prefix = this.group): Promise<string[]> {
    const { groups: known } = await this.cluster.admin.listGroups();
    const names = known.map(({ groupId }) => groupId).filter((id) => id.startsWith(`${prefix}-`));
    const { groups } = await this.cluster.admin.describeGroups(names);
    return groups.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId);
  }

  async startKafka(): Promise<void> {
    const broker = await startTemporaryBroker();
    this.running = { broker, cluster: await connectTo(broker.bootstrapServers) };
  }

  async stopKafka(): Promise<void> {
    await this.cluster.disconnect();
    await this.broker.stop();
  }

  async begin(): Promise<void> {
    // Those of the test before may still be on their way out.
    await eventually(() => this.cluster.createTopics(this.partitions));
    this.groups++;
    this.current = await startService({
      bootstrapServers: this.broker.bootstrapServers,
      groupId: this.group,
    });
  }

  async end(): Promise<void> {
    await this.service.stop();
    await forget(this.service.folder);
    // One that a test has deleted may be coming back.
    await eventually(() => this.cluster.deleteTopics());
  }

  /**
   * Stops the service and starts it on its folder, with whatever happens in between.
   *
   * @param definition of the views: another one is another release
   */
  async restart(
    meanwhile: () => Promise<void> = () => Promise.resolve(),
    definition?: Definition,
  ): Promise<void> {
    const { folder } = this.service;
    await this.service.stop();
    await meanwhile();
    const { bootstrapServers } = this.broker;
    this.current = await startService({
      bootstrapServers,
      groupId: this.group,
      folder,
      definition,
    });
  }

  databaseFile(): Promise<string> {
    return this.service.databaseFile();
  }

  /** Takes what serves away. */
  async removeViews(): Promise<void> {
    await homes().remove(this.service.folder, await this.databaseFile());
  }

  /** Says of views that they are of another projection version. */
  markVersion(file: string, version: number): Promise<void> {
    return homes().markVersion(this.service.folder, file, version);
  }

  /** The names of the sets of views that are kept. */
  files(): Promise<string[]> {
    return homes().files(this.service.folder);
  }

  /** @see Homes.change @param file what serves, if not said otherwise */
  async change(statements: string, file?: string): Promise<void> {
    await homes().change(this.service.folder, file ?? (await this.databaseFile()), statements);
  }

  /** Runs one of the service's own commands against it, as an operator does. */
  command(program: 'dead-letters' | 'consumption', ...args: string[]): Promise<CommandResult> {
    return runCommand(program, this.service.adminUrl, args);
  }

  /** Waits until the log has a line like this. */
  async logged(line: RegExp): Promise<void> {
    await eventually(() => {
      expect(this.service.log.join('')).toMatch(line);
      return Promise.resolve();
    });
  }

  /**
   * Waits until this many events are applied since the service was started, whichever topics and partitions they are
   * in: an answer that shows one of them says nothing of the others.
   */
  async applied(events: number): Promise<void> {
    const { registry } = this.service.replica.metrics;
    await eventually(async () => {
      expect(await registry.metrics()).toContain(`events_applied_total ${events}\n`);
    });
  }

  /** Waits until answers are marked so. */
  async viewsState(state: string): Promise<void> {
    await eventually(async () => {
      const { headers } = await this.service.get('/api/analytics/products/1/sales');
      expect(headers.get('Views-State')).toBe(state);
    });
  }

  /** What a comparison that begins now has to name; null when nothing is in doubt. */
  async doubtToken(): Promise<string | null> {
    const response = await fetch(`${this.service.adminUrl}/snapshot`);
    const [first = '{}'] = (await response.text()).split('\n', 1);
    return (JSON.parse(first) as SnapshotFirstLine).snapshot.unverified;
  }

  /** Ends the doubt, as `reconcile` does when everything is equal. */
  async verified(): Promise<void> {
    await this.viewsState('incomplete');
    const token = (await this.doubtToken()) ?? '';
    const answer = await this.service.admin('POST', '/consumption/verified', { token });
    expect(answer).toMatchObject({ status: 200 });
    await this.viewsState('current');
  }

  async ready(): Promise<void> {
    await eventually(async () => {
      expect(await this.service.get('/health/ready')).toMatchObject({ status: 200 });
    });
  }

  /** Waits until the service is not ready for this reason. */
  async notReady(reason: RegExp): Promise<void> {
    await eventually(async () => {
      const { status, body } = await this.service.get('/health/ready');
      expect(status).toBe(503);
      expect(JSON.stringify(body)).toMatch(reason);
    });
  }

  async salesOf(productId: number, totalSales: number): Promise<void> {
    await eventually(async () => {
      const { body } = await this.service.get(`/api/analytics/products/${productId}/sales`);
      expect(body).toEqual({ productId, totalSales });
    });
  }

  async asOf(instant: string): Promise<void> {
    await eventually(async () => {
      const { headers } = await this.service.get('/health/ready');
      expect(headers.get('As-Of')).toBe(instant);
    });
  }
}

/** Call it at the top of a test file. @param partitions of the event topics */
export function useSuite({ partitions = 2 } = {}): Suite {
  const suite = new Suite(partitions);
  beforeAll(() => suite.startKafka());
  afterAll(() => suite.stopKafka());
  beforeEach(() => suite.begin());
  afterEach(() => suite.end());
  return suite;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('used before it was started');
  return value;
}
