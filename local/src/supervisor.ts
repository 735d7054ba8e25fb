import { followErrors } from './error-lines';
import { StartError } from './errors';
import { rotateLog } from './log-files';
import { type Command, killEverything, runToEnd } from './process';
import { type Part, SupervisedPart } from './supervised-part';

/** Starts parts, restarts those that die, stops all in the reverse order of their starts. */
export class Supervisor {
  private readonly parts: SupervisedPart[] = [];
  private readonly followed: (() => void)[] = [];
  private stopping = false;

  constructor(
    private readonly folders: { logs: string; run: string },
    /** Shows one line to the user. */
    private readonly report: (line: string) => void,
  ) {}

  /**
   * Starts a part and from then on keeps it running.
   *
   * @returns when it is ready for the first time
   * @throws {StartError} when it cannot be brought up
   */
  async start(part: Part): Promise<void> {
    if (this.stopping) throw new StartError('stopped');
    const logFile = rotateLog(this.folders.logs, part.name);
    this.followed.push(followErrors(part.name, logFile, this.report));
    const supervised = new SupervisedPart(part, logFile, this.folders.run, this.report);
    this.parts.push(supervised);
    await supervised.ready;
  }

  /** Runs something that ends by itself. @throws {StartError} when it fails */
  async runOnce(name: string, command: Command): Promise<void> {
    if (this.stopping) throw new StartError('stopped');
    const logFile = rotateLog(this.folders.logs, name);
    try {
      await runToEnd(command, logFile);
    } catch (error) {
      throw new StartError(`${name}: ${(error as Error).message}\nlog: ${logFile}`);
    }
  }

  /** Stops everything in order; nothing is restarted any more. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const part of this.parts.toReversed()) await part.stop();
    for (const end of this.followed) end();
    // What was only being prepared, such as a migration.
    killEverything();
  }
}
