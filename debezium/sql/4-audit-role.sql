-- The role of reconcile and explain, and of the relay keeper where it compares: it may only read.
-- Name and password come as the settings audit.user and audit.password of this session.
DO $$
DECLARE
  role name := current_setting('audit.user');
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
    EXECUTE format('CREATE ROLE %I', role);
  END IF;
  EXECUTE format(
    'ALTER ROLE %I LOGIN NOREPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD %L',
    role, current_setting('audit.password')
  );
  EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', role);
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', role);
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
  EXECUTE format(
    'GRANT SELECT ON public.products, public.orders, public.order_items, public.outbox,
                     public.watermark, public.source TO %I',
    role
  );
END
$$;
