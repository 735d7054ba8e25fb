import { ComposeStack } from './compose-stack';
import { LocalStack } from './local-stack';
import type { PartName, Ports } from './parts';
import { sharedStack } from './shared-stack';

/** The real system on ports and data of its own, in one of the two ways to run it. */
export interface Stack {
  readonly ports: Ports;
  /** The base URLs of the command service, the query service, its admin listener, Connect's REST. */
  readonly commands: string;
  readonly queries: string;
  readonly queryAdmin: string;
  readonly connect: string;
  /** The migration role's login: the oracle reads with it. */
  readonly database: {
    host: string;
    port: number;
    database: string;
    user: string;
    password: string;
  };

  /** SIGKILLs a part; resolves when whoever supervises it has started it again, ready or not. */
  kill(part: PartName): Promise<void>;

  /** SIGKILL to every process at once: what a power cut leaves. */
  killAll(): Promise<void>;

  /** Starts what was stopped or killed, on the same data; resolves when all of it is ready. */
  startAgain(): Promise<void>;

  /** Ends everything and removes the data. */
  remove(): Promise<void>;
}

const inContainers = process.env.STACK === 'compose';

/** Which of the two ways STACK asks for: `local` (`npm start`) unless it says `compose`. */
export const Stack = {
  /** One of its own, for a file that needs it new. */
  start: (): Promise<Stack> => (inContainers ? ComposeStack : LocalStack).start(),
  /** The one that other files have used and will use: it holds their products and orders. */
  shared: (): Promise<Stack> => sharedStack(inContainers ? ComposeStack : LocalStack),
};
