-- On the primary. Patroni sets synchronous_standby_names two seconds before it would promote the standby, and resets it after it would
-- no longer: so Kafka never gets what a standby has not that may be promoted. A standby that is gone holds up nothing.
SELECT statement
FROM (
  SELECT coalesce(string_agg(slot_name, ', ' ORDER BY slot_name), '') AS wanted
  FROM pg_replication_slots
  WHERE slot_type = 'physical' AND current_setting('synchronous_standby_names') ~ ('\m' || slot_name || '\M')
) AS slots,
unnest(ARRAY[format('ALTER SYSTEM SET synchronized_standby_slots = %L', wanted), 'SELECT FROM pg_reload_conf()']) AS statement
WHERE NOT pg_is_in_recovery() AND wanted <> current_setting('synchronized_standby_slots')
\gexec
-- On a primary that has become a standby, its own slot is in the way of the copy.
SELECT FROM (
  SELECT pg_drop_replication_slot(slot_name)
  FROM pg_replication_slots
  WHERE slot_name = 'relay' AND NOT synced AND NOT active
    AND pg_is_in_recovery() AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')
) AS dropped;
