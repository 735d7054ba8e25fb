-- The relay's sign of life: one row a second by the relay keeper, stamped by the database's clock.
-- The same columns as the outbox, so that one connector turns both into records.
CREATE TABLE IF NOT EXISTS public.watermark (LIKE public.outbox INCLUDING ALL);
