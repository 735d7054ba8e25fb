import Router from '@koa/router';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { Problem } from 'service-kit/problem';
import { redriveAll } from '../apply/redrive';
import { failpoints } from '../failpoints';
import type { Replica } from '../replica';
import {
  findDeadLetter,
  listDeadLetters,
  openDeadLetters,
  type DeadLetter,
} from '../store/dead-letter-queries';
import type { Reader } from '../store/sql';
import { flag, integer, texts } from './parameters';

const defaultLimit = 100;
const maxLimit = 1_000;

/**
 * Routes that list, show, redrive and discard dead letters. A dead letter is named as its record,
 * `topic/partition@offset`. Bodies are JSON: `by` (who asks), and for a discard `reason`.
 */
export function deadLetterRoutes(replica: Replica, logger: Logger): Router {
  const router = new Router({ prefix: '/dead-letters' });

  router.get('/', async (ctx) => {
    const all = flag(ctx, 'all');
    const limit = integer(ctx, 'limit', { min: 1, max: maxLimit }) ?? defaultLimit;
    const before = integer(ctx, 'before', { min: 1, max: Number.MAX_SAFE_INTEGER });
    const { deadLetters, next } = await listDeadLetters(replica.serving.reader, {
      all,
      limit,
      before,
    });
    if (next !== null) {
      ctx.set('Link', `</dead-letters?all=${all}&limit=${limit}&before=${next}>; rel="next"`);
    }
    ctx.body = deadLetters;
  });

  router.get('/:topic/:place', async (ctx) => {
    ctx.body = await deadLetterAt(replica.serving.reader, ctx.params);
  });

  router.post('/redrive', async (ctx) => {
    const { by = 'operator' } = await texts(ctx);
    ctx.body = await replica.withDeadLetters((queue, { reader }) =>
      redriveAll(queue, reader, by, logger),
    );
  });

  router.post('/:topic/:place/redrive', async (ctx) => {
    const { by = 'operator' } = await texts(ctx);
    ctx.body = await replica.withDeadLetters(async (queue, { reader }) => {
      const { id, record } = await openDeadLetterAt(reader, ctx.params);
      const [deadLetter] = await openDeadLetters(reader, id - 1, 1);
      await failpoint(failpoints.deadLettersRead);
      if (deadLetter?.id !== id) {
        throw new Problem(409, `${record} holds no record to read again: discard it`);
      }
      await queue.exclusive((applier) => applier.redrive([deadLetter], by));
      await failpoint(failpoints.deadLettersRedriven);
      const after = await deadLetterAt(reader, ctx.params);
      logger.info({ record, state: after.state, by }, 'dead letter read again');
      return after;
    });
  });

  router.post('/:topic/:place/discard', async (ctx) => {
    const { by = 'operator', reason = '' } = await texts(ctx);
    if (reason.trim() === '')
      throw new Problem(400, 'a reason is required: why is nothing missing?');
    ctx.body = await replica.withDeadLetters(async (queue, { reader }) => {
      const { id, record } = await openDeadLetterAt(reader, ctx.params);
      await queue.exclusive((applier) => applier.discard(id, by, reason));
      logger.warn({ record, by, reason }, 'dead letter discarded');
      return deadLetterAt(reader, ctx.params);
    });
  });

  return router;
}

async function deadLetterAt(
  reader: Reader,
  at: Record<string, string | undefined>,
): Promise<DeadLetter> {
  const { topic = '', place = '' } = at;
  const [, partition, offset] = /^(\d{1,9})@(\d{1,16})$/.exec(place) ?? [];
  const deadLetter =
    partition === undefined
      ? undefined
      : await findDeadLetter(reader, topic, Number(partition), Number(offset));
  if (deadLetter === undefined) throw new Problem(404, `nothing was parked at ${topic}/${place}`);
  return deadLetter;
}

async function openDeadLetterAt(
  reader: Reader,
  at: Record<string, string | undefined>,
): Promise<DeadLetter> {
  const deadLetter = await deadLetterAt(reader, at);
  if (deadLetter.state !== 'open')
    throw new Problem(409, `${deadLetter.record} is ${deadLetter.state} already`);
  return deadLetter;
}
