import Router from '@koa/router';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { Problem } from 'service-kit/problem';
import { redriveAll } from '../apply/redrive';
import { failpoints } from '../failpoints';
import type { Projection } from '../projection';
import {
  findDeadLetter,
  listDeadLetters,
  openDeadLetters,
  type Letter,
} from '../store/dead-letter-queries';
import type { Reader } from '../views/view';
import { flag, integer, texts } from './parameters';

const defaultLimit = 100;
const maxLimit = 1_000;

/**
 * What could not be applied: list, show, read again, discard. A letter is named as its record,
 * `topic/partition@offset`. Bodies are JSON: `by` (who asks), and for a discard `reason`.
 */
export function deadLetterRoutes(projection: Projection, logger: Logger): Router {
  const router = new Router({ prefix: '/dead-letters' });

  router.get('/', async (ctx) => {
    const all = flag(ctx, 'all');
    const limit = integer(ctx, 'limit', { min: 1, max: maxLimit }) ?? defaultLimit;
    const before = integer(ctx, 'before', { min: 1, max: Number.MAX_SAFE_INTEGER });
    const { letters, next } = await listDeadLetters(projection, { all, limit, before });
    if (next !== null) {
      ctx.set('Link', `</dead-letters?all=${all}&limit=${limit}&before=${next}>; rel="next"`);
    }
    ctx.body = letters;
  });

  router.get('/:topic/:place', async (ctx) => {
    ctx.body = await letterAt(projection, ctx.params);
  });

  router.post('/redrive', async (ctx) => {
    const { by = 'operator' } = await texts(ctx);
    ctx.body = await projection.withLetters((applier, store) =>
      redriveAll(applier, store, by, logger),
    );
  });

  router.post('/:topic/:place/redrive', async (ctx) => {
    const { by = 'operator' } = await texts(ctx);
    ctx.body = await projection.withLetters(async (applier, store) => {
      const { id, record } = await openLetterAt(store, ctx.params);
      const [letter] = await openDeadLetters(store, id - 1, 1);
      await failpoint(failpoints.lettersRead);
      if (letter?.id !== id) {
        throw new Problem(409, `${record} holds no record to read again: discard it`);
      }
      await applier.redrive([letter], by);
      await failpoint(failpoints.lettersRedriven);
      const after = await letterAt(store, ctx.params);
      logger.info({ record, state: after.state, by }, 'dead letter read again');
      return after;
    });
  });

  router.post('/:topic/:place/discard', async (ctx) => {
    const { by = 'operator', reason = '' } = await texts(ctx);
    if (reason.trim() === '')
      throw new Problem(400, 'a reason is required: why is nothing missing?');
    ctx.body = await projection.withLetters(async (applier, store) => {
      const { id, record } = await openLetterAt(store, ctx.params);
      await applier.discard(id, by, reason);
      logger.warn({ record, by, reason }, 'dead letter discarded');
      return letterAt(store, ctx.params);
    });
  });

  return router;
}

async function letterAt(reader: Reader, at: Record<string, string | undefined>): Promise<Letter> {
  const { topic = '', place = '' } = at;
  const [, partition, offset] = /^(\d{1,9})@(\d{1,16})$/.exec(place) ?? [];
  const letter =
    partition === undefined
      ? undefined
      : await findDeadLetter(reader, topic, Number(partition), Number(offset));
  if (letter === undefined) throw new Problem(404, `nothing was parked at ${topic}/${place}`);
  return letter;
}

async function openLetterAt(
  reader: Reader,
  at: Record<string, string | undefined>,
): Promise<Letter> {
  const letter = await letterAt(reader, at);
  if (letter.state !== 'open')
    throw new Problem(409, `${letter.record} is ${letter.state} already`);
  return letter;
}
