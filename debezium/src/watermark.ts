import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';

/**
 * Writes one watermark, stamped by the database's clock, rounded down to the millisecond.
 *
 * The relay emits commits in the order of the WAL, and this row commits after its clock was read.
 * So whoever reads watermark T in its topic knows that every event committed before T has been
 * written to Kafka already.
 *
 * @returns T, ISO-8601 UTC
 */
export async function writeWatermark(pool: Pool, topic: string): Promise<string> {
  const { rows } = await pool.query<{ watermark: string }>(
    `WITH clock AS MATERIALIZED (SELECT date_trunc('milliseconds', clock_timestamp()) AS now),
     stamp AS (
       SELECT now, to_char(now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS watermark
       FROM clock
     ),
     written AS (
       INSERT INTO public.watermark (
         id, aggregatetype, aggregateid, type, payload, topic,
         aggregateversion, schemaversion, sourceid, traceparent, occurredat
       )
       SELECT $1, 'watermark', 'watermark', 'Watermark', format('{"watermark":"%s"}', watermark)::json,
              $2, 1, 1, source_id, NULL, now
       FROM stamp, public.source
     )
     SELECT watermark FROM stamp`,
    [uuidv7(), topic],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('no watermark was written: the table source is empty');
  return row.watermark;
}

/** Removes what is older than a minute: by then the relay has read it, or starts from a snapshot without it. */
export async function purgeWatermarks(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM public.watermark WHERE occurredat < clock_timestamp() - interval '1 minute'`,
  );
}
