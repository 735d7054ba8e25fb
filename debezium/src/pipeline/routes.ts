import Router from '@koa/router';
import type { RelayPipeline } from 'contracts/pipeline';
import { parseInstant } from 'service-kit/instant';
import { Problem } from 'service-kit/problem';
import type { ConnectorConfig } from '../connect-rest';
import type { OutboxPurge } from '../purge/outbox-purge';
import type { Reconciler } from '../reconcile';
import type { ViewsAudit } from '../views-audit';
import type { FlowMeter } from './flow';
import { relayHops } from './hops';

/**
 * `GET /pipeline[?arrived=<watermark>]`: the hops that this keeper watches. Whoever reads the watermark topic
 * names the newest one, and is told how many events wait behind it.
 */
export function pipelineRoutes(
  reconciler: Reconciler,
  purge: OutboxPurge,
  audit: ViewsAudit,
  meter: FlowMeter,
  wanted: ConnectorConfig,
): Router {
  const router = new Router();
  router.get('/pipeline', async (ctx) => {
    const flow = await meter.look(readArrived(ctx.query.arrived));
    const now = Date.now();
    const { seen } = reconciler;
    const answer: RelayPipeline = {
      at: seen === undefined ? null : new Date(seen.at).toISOString(),
      hops: relayHops(seen, purge, flow, now, wanted),
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
