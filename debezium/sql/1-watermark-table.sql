-- The relay's sign of life: one row a second by the relay keeper, stamped by the database's clock.
-- The same columns and checks as the outbox, so that one connector turns both into records, and neither holds a row
-- that cannot be sent.
CREATE TABLE IF NOT EXISTS public.watermark (LIKE public.outbox INCLUDING ALL);

DELETE FROM public.outbox_topics
WHERE aggregatetype = 'watermark' AND topic <> current_setting('relay.watermark_topic');
INSERT INTO public.outbox_topics (aggregatetype, topic)
VALUES ('watermark', current_setting('relay.watermark_topic'))
ON CONFLICT (aggregatetype) DO NOTHING;

CREATE OR REPLACE TRIGGER check_row BEFORE INSERT ON public.watermark
FOR EACH ROW EXECUTE FUNCTION public.check_outbox_row();

-- Here come watermarks, and no event that the service has not written.
CREATE OR REPLACE TRIGGER hold_bounds BEFORE INSERT ON public.watermark FOR EACH ROW
  WHEN (NEW.aggregatetype <> 'watermark' OR NEW.occurredat NOT BETWEEN '1970-01-01T00:00:00Z' AND clock_timestamp() + interval '5 minutes')
  EXECUTE FUNCTION public.refuse_to_all_but_the_owner();

-- It is fenced as the outbox is: a watermark says that what was committed before it has come to Kafka.
SELECT public.fence_table('public.watermark');
