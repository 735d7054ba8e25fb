-- The relay role: Connect and the relay keeper. It reads what is published, writes watermarks, and may
-- replicate, which is also what dropping a lost slot takes.
-- The audit role: reconcile, explain, and the relay keeper where it compares. It may only read.
-- Names, passwords and how many connections each may have come as the settings relay.user, relay.password, relay.connections of
-- this session, and audit.…, the tables of the entities as audit.tables.
DO $$
DECLARE
  relay name := current_setting('relay.user');
  audit name := current_setting('audit.user');
  -- Where nobody is a superuser, the provider's role that lets its members replicate.
  replicators name := 'rds_replication';
  role record;
  attributes text;
  membership record;
  setting record;
BEGIN
  FOR role IN
    VALUES (relay, 'REPLICATION', current_setting('relay.password'), current_setting('relay.connections')::int),
           (audit, 'NOREPLICATION', current_setting('audit.password'), current_setting('audit.connections')::int)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role.column1) THEN
      EXECUTE format('CREATE ROLE %I', role.column1);
    END IF;
    -- Before version 16 only a superuser alters a role that may replicate, even its password: it stays as somebody has made it.
    IF role.column2 = 'NOREPLICATION'
      OR current_setting('server_version_num')::int >= 160000
      OR NOT (SELECT rolreplication FROM pg_roles WHERE rolname = role.column1)
      OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
      -- Only what is not so yet: who is no superuser may not even say NOSUPERUSER.
      SELECT concat_ws(' ',
        CASE WHEN rolsuper THEN 'NOSUPERUSER' END, CASE WHEN rolcreatedb THEN 'NOCREATEDB' END,
        CASE WHEN rolcreaterole THEN 'NOCREATEROLE' END, CASE WHEN rolbypassrls THEN 'NOBYPASSRLS' END,
        CASE WHEN rolreplication AND role.column2 = 'NOREPLICATION' THEN 'NOREPLICATION' END)
      INTO attributes FROM pg_roles WHERE rolname = role.column1;
      EXECUTE format(
        'ALTER ROLE %I LOGIN %s CONNECTION LIMIT %s PASSWORD %L',
        role.column1, attributes, role.column4, role.column3
      );
      IF role.column2 = 'REPLICATION'
        AND NOT (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = role.column1) THEN
        IF to_regrole(replicators) IS NOT NULL THEN
          EXECUTE format('GRANT %I TO %I', replicators, role.column1);
        ELSE
          BEGIN
            EXECUTE format('ALTER ROLE %I REPLICATION', role.column1);
          EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION '% may not let the role % replicate: let somebody who may do it, by ALTER ROLE % REPLICATION, or as docs/managed.md says for your provider',
              current_user, role.column1, quote_ident(role.column1) USING ERRCODE = 'insufficient_privilege';
          END;
        END IF;
      END IF;
      -- Whatever somebody has given it since: what follows is all that it may do, and it has no settings of its own.
      FOR setting IN
        SELECT 'IN DATABASE ' || quote_ident(datname) AS place
        FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase
        WHERE setrole = to_regrole(quote_ident(role.column1))
      LOOP
        EXECUTE format('ALTER ROLE %I %s RESET ALL', role.column1, setting.place);
      END LOOP;
    END IF;
    FOR membership IN
      SELECT roleid::regrole AS name FROM pg_auth_members
      WHERE member = to_regrole(quote_ident(role.column1))
        AND NOT (role.column2 = 'REPLICATION' AND roleid IS NOT DISTINCT FROM to_regrole(replicators)::oid)
    LOOP
      EXECUTE format('REVOKE %s FROM %I', membership.name, role.column1);
    END LOOP;
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', role.column1);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM %I', role.column1);
    EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA public FROM %I', role.column1);
    EXECUTE format('REVOKE ALL ON SCHEMA public FROM %I', role.column1);
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM %I', current_database(), role.column1);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role.column1);
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role.column1);
  END LOOP;

  EXECUTE format(
    'GRANT SELECT ON public.outbox, public.outbox_topics, public.event_types, public.source, public.accepted_history TO %I', relay
  );
  EXECUTE format(
    'GRANT EXECUTE ON FUNCTION public.present_history(), public.refuse_history(), public.accept_history(bigint, bigint, oid, text, bigint) TO %I',
    relay
  );
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON public.watermark TO %I', relay);

  EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', audit);
  EXECUTE format(
    'GRANT SELECT ON %s, public.outbox, public.watermark, public.source TO %I',
    current_setting('audit.tables'), audit
  );
END
$$;
