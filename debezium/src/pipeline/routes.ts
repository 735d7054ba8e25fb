import Router from '@koa/router';
import type { RelayPipeline } from 'contracts/pipeline';
import { parseInstant } from 'contracts/instant';
import { Problem } from 'service-kit/problem';
import type { OutboxPurge } from '../purge/outbox-purge';
import type { Wanted } from '../readiness';
import type { ControlLoop } from '../control-loop';
import type { ViewsAudit } from '../views-audit';
import type { FlowMeter } from './flow';
import { relayHops, relayStandstill } from './hops';

/** The parts of the keeper that know the pipeline. */
interface PipelineParts {
  readonly loop: ControlLoop;
  readonly purge: OutboxPurge;
  readonly audit: ViewsAudit;
  readonly meter: FlowMeter;
  readonly wanted: Wanted;
}

/**
 * `GET /pipeline[?arrived=<watermark>]`: the hops that this keeper watches. Whoever reads the watermark topic
 * names the newest one, and is told how many events wait behind it.
 */
export function pipelineRoutes({ loop, purge, audit, meter, wanted }: PipelineParts): Router {
  const router = new Router();
  router.get('/pipeline', async (ctx) => {
    const arrived = readArrived(ctx.query.arrived);
    const flow = await meter.look(arrived);
    const now = performance.now();
    const { seen } = loop;
    const answer: RelayPipeline = {
      at: seen === undefined ? null : new Date(Date.now() - (now - seen.at)).toISOString(),
      hops: relayHops({ seen, outbox: purge, flow, now, wanted }),
      standstill: relayStandstill(seen, now, wanted, arrived),
      comparisons: audit.comparisons(),
    };
    ctx.body = answer;
  });
  return router;
}

function readArrived(text: string | string[] | undefined): Date | null {
  if (text === undefined) return null;
  const instant = typeof text === 'string' ? parseInstant(text) : null;
  if (instant === null)
    throw new Problem(400, 'arrived must be a time such as 2026-02-27T09:00:00Z');
  return new Date(instant);
}
