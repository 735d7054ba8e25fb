import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from 'local/ports';
import { watchedMemory } from '../hostile/memory';
import { ComposeStack } from './compose-stack';
import { expectViewsToEqualPostgres } from './converge';
import { LocalStack } from './local-stack';

/** The folder of this run, which globalSetup makes and globalTeardown removes. */
const folder = (): string => process.env.SHARED_STACK_FOLDER ?? '';
const note = (): string => join(folder(), 'stack.json');

/** For `memoryOf`. */
export const memoryFile = (service: string): string => join(folder(), service);

/** How long the views of the stack that was handed over get to equal PostgreSQL. */
const soundMs = 60_000;

/**
 * The running stack that the files of one run hand on, so that not each of them waits for a start. The
 * first file that asks starts it. One that a failed test has left broken is replaced.
 */
export function sharedStack(way: typeof LocalStack): Promise<LocalStack>;
export function sharedStack(
  way: typeof LocalStack | typeof ComposeStack,
): Promise<LocalStack | ComposeStack>;
export async function sharedStack(
  way: typeof LocalStack | typeof ComposeStack,
): Promise<LocalStack | ComposeStack> {
  const running = runningStack();
  if (running !== undefined) {
    try {
      await expectViewsToEqualPostgres(running, soundMs);
      return running;
    } catch {
      await removeSharedStack();
    }
  }
  const stack = await (way === LocalStack
    ? LocalStack.start({ environment: await environment() })
    : ComposeStack.start());
  const { ports } = stack;
  const noted =
    stack instanceof LocalStack
      ? { folder: stack.folder, ports, options: stack.options }
      : { project: stack.project, ports, files: stack.files, variables: stack.variables };
  writeFileSync(note(), JSON.stringify(noted));
  return stack;
}

/** Ends it, if there is one, with its data. */
export async function removeSharedStack(): Promise<void> {
  await runningStack()?.remove();
  rmSync(note(), { force: true });
}

function runningStack(): LocalStack | ComposeStack | undefined {
  if (!existsSync(note())) return undefined;
  const noted = JSON.parse(readFileSync(note(), 'utf8')) as LocalStack | ComposeStack;
  return 'project' in noted ? ComposeStack.running(noted) : LocalStack.running(noted);
}

/** What files need of it: comparisons once a second, spans and metrics sent to a port, services whose memory can be read. */
async function environment(): Promise<NodeJS.ProcessEnv> {
  const [spans] = await freePorts(1);
  const services = ['command-service', 'query-service'];
  return {
    RECONCILE_INTERVAL: '1',
    VIEWS_STALE_AFTER_SECONDS: '3',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${spans}`,
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '5000',
    ...Object.fromEntries(
      services.flatMap((service) =>
        Object.entries(watchedMemory(memoryFile(service))).map(([name, value]) => [
          `${service.replace('-', '_').toUpperCase()}_ENV_${name}`,
          value,
        ]),
      ),
    ),
  };
}
