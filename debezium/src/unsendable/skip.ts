import { commandOf } from 'contracts/commands';
import { KafkaAdmin } from 'kafka-client/kafka-admin';
import { NotFound, Refused } from 'service-kit/command-errors';
import type { Login } from 'service-kit/postgres';
import { sqlOn } from 'service-kit/sql';
import type { CommandConfig } from '../config';
import { emitAgain, withClient } from '../emit-again';
import { findUnsendable, type UnsendableRow } from './find-unsendable';

/** The events to skip, and the reason, which is stored with them. */
interface Skipped {
  readonly ids: readonly string[];
  readonly why: string;
}

/** Lists the events that cannot be sent, both those that come next in the WAL and those in the outbox. */
export async function listUnsendable({ relay, keeper }: CommandConfig): Promise<UnsendableRow[]> {
  const kafka = new KafkaAdmin(keeper.kafka, 'relay');
  try {
    return await withClient(relay, (client) => findUnsendable(sqlOn(client), kafka, true));
  } finally {
    await kafka.close();
  }
}

/**
 * Goes on without these events. The relay emits the rest of the outbox again, whether it was sent before or not. Can be
 * run again when it failed halfway.
 *
 * @param say gets a line for each step that is done
 * @throws {NotFound} when there is no such event; {Refused} when others cannot be sent either: nothing was done then
 */
export async function skip(
  config: CommandConfig,
  skipped: Skipped,
  say: (line: string) => void,
): Promise<void> {
  const { ids } = skipped;
  const { owner, relay, keeper } = config;
  const unsendable = await listUnsendable(config);
  const more = unsendable.filter(({ id }) => id === null || !ids.includes(id));
  if (more.length > 0) {
    const list = more.map(({ id, reason }) => `${id} (${reason})`).join(', ');
    throw new Refused(`these cannot be sent either, name them, too: ${list}`);
  }
  await requireAll(owner, ids, unsendable);
  const address = { connect: keeper.connect, relay };
  await emitAgain(address, () => takeOut(owner, skipped, unsendable, say), say);
  const { rows } = await withClient(owner, (client) =>
    client.query<{ aggregate: string }>(
      `SELECT DISTINCT format('%s:%s', event->>'aggregatetype', event->>'aggregateid') AS aggregate
       FROM public.outbox_skipped WHERE id = ANY ($1::uuid[]) ORDER BY 1`,
      [ids],
    ),
  );
  const aggregates = rows.map(({ aggregate }) => aggregate).join(' ');
  say(
    `Kafka has no such event of ${aggregates}: \`${commandOf({ script: 'reconcile', args: [] })}\` tells whether the views lack one, and how to write it again`,
  );
}

async function requireAll(
  owner: Login,
  ids: readonly string[],
  unsendable: readonly UnsendableRow[],
): Promise<void> {
  const { rows } = await withClient(owner, (client) =>
    client.query<{ id: string }>(
      `SELECT id FROM public.outbox WHERE id = ANY ($1::uuid[])
       UNION SELECT id FROM public.outbox_skipped WHERE id = ANY ($1::uuid[])`,
      [ids],
    ),
  );
  const known = new Set([...rows, ...unsendable].map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new NotFound(`neither in the outbox nor in front of the relay: ${unknown.join(', ')}`);
  }
}

async function takeOut(
  owner: Login,
  { ids, why }: Skipped,
  unsendable: readonly UnsendableRow[],
  say: (line: string) => void,
): Promise<void> {
  // Their rows are deleted already: they are only in the WAL.
  const walOnly = unsendable.map(({ id, event }) => ({ id, event }));
  const { rowCount } = await withClient(owner, (client) =>
    client.query(
      `WITH taken AS (
         DELETE FROM public.outbox WHERE id = ANY ($1::uuid[]) RETURNING *
       ),
       found AS (
         SELECT id, row_to_json(taken) AS event FROM taken
         UNION ALL
         SELECT id, event FROM json_to_recordset($2::json) AS wal (id uuid, event json)
         WHERE id NOT IN (SELECT id FROM taken)
       )
       INSERT INTO public.outbox_skipped (id, event, reason)
       SELECT id, event, $3 FROM found
       WHERE NOT EXISTS (SELECT FROM public.outbox_skipped AS before WHERE before.id = found.id)`,
      [ids, JSON.stringify(walOnly), why],
    ),
  );
  say(`took ${rowCount} out of the outbox, into outbox_skipped`);
}
