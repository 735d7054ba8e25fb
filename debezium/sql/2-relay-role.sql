-- The one role of Connect and the relay keeper. It reads what is published, writes watermarks, and
-- may replicate, which is also what dropping a lost slot takes. Nothing else.
-- Name and password come as the settings relay.user and relay.password of this session.
DO $$
DECLARE
  role name := current_setting('relay.user');
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
    EXECUTE format('CREATE ROLE %I', role);
  END IF;
  EXECUTE format(
    'ALTER ROLE %I LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD %L',
    role, current_setting('relay.password')
  );
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', role);
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
  EXECUTE format('GRANT SELECT ON public.outbox, public.source TO %I', role);
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON public.watermark TO %I', role);
END
$$;
