import type { Sql } from 'service-kit/sql';
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
export async function writeWatermark(sql: Sql, topic: string): Promise<string> {
  const [row] = await sql<{ watermark: string }>({
    name: 'write-watermark',
    text: `WITH clock AS MATERIALIZED (SELECT date_trunc('milliseconds', clock_timestamp()) AS now),
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
    values: [uuidv7(), topic],
  });
  if (row === undefined) throw new Error('no watermark was written: the table source is empty');
  return row.watermark;
}

/** Deletes watermarks older than a minute: by then the relay has read them, or starts from a snapshot without them. */
export async function purgeWatermarks(sql: Sql): Promise<void> {
  await sql({
    name: 'purge-watermarks',
    text: `DELETE FROM public.watermark WHERE occurredat < clock_timestamp() - interval '1 minute'`,
  });
}
