#!/bin/bash
# Starts a member: Patroni, which starts PostgreSQL. MEMBER is its name, and that of its slot at whoever leads; db-1 is the host of db_1.
set -euo pipefail
umask 077

host=${MEMBER//_/-}
superuser="${PATRONI_SUPERUSER_PASSWORD:-$(< /run/secrets/patroni_password)}"
replication="${PATRONI_REPLICATION_PASSWORD:-$(< /run/secrets/replication_password)}"
unset PATRONI_SUPERUSER_PASSWORD PATRONI_REPLICATION_PASSWORD
# As YAML and pg_hba.conf quote it.
yaml() { printf "'%s'" "${1//\'/\'\'}"; }
hba() { printf '"%s"' "${1//\"/\"\"}"; }

cat > /tmp/patroni.yml <<END
scope: outbox-analytics
name: $MEMBER
etcd3: { hosts: 'etcd-1:2379,etcd-2:2379,etcd-3:2379' }
restapi:
  listen: 0.0.0.0:8008
  connect_address: $host:8008
  # To look is free: HAProxy does. To change something is not.
  authentication: { username: patroni, password: $(yaml "$superuser") }

# For the first member of a new cluster. From then on: patronictl edit-config.
bootstrap:
  dcs:
    # The standby is promoted when the lease of a dead primary ends: 20 seconds, the least that Patroni takes, after it was renewed. That
    # happens every 10 seconds, as late as can be: loop_wait + 2 * retry_timeout <= ttl.
    ttl: 20
    loop_wait: 10
    retry_timeout: 5
    # While etcd is away as a whole, whoever leads and reaches all members goes on.
    failsafe_mode: true
    # A command is answered when the standby has it, and only such a standby is promoted. With none there, the leader goes on alone.
    synchronous_mode: true
    # PostgreSQL keeps the relay's slot on the standby. Patroni before 4.1 would drop it.
    ignore_slots: [{ name: relay, type: logical }]
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters:
        wal_level: logical
        max_slot_wal_keep_size: 1GB
        wal_sender_timeout: 10s
        sync_replication_slots: on
        hot_standby_feedback: on
  initdb:
    - encoding: UTF8
    - locale: C
    - locale-provider: builtin
    - builtin-locale: C.UTF-8
    - data-checksums
  post_bootstrap: post-bootstrap.sh

postgresql:
  listen: 0.0.0.0:5432
  connect_address: $host:5432
  data_dir: $PGDATA
  bin_dir: /usr/lib/postgresql/$PG_MAJOR/bin
  pgpass: /tmp/pgpass
  # A new standby need not wait for the next one.
  basebackup: { checkpoint: fast }
  parameters: { unix_socket_directories: /var/run/postgresql }
  authentication:
    superuser: { username: patroni, password: $(yaml "$superuser") }
    replication: { username: replicator, password: $(yaml "$replication") }
  # As docker-compose.yml has it, and the two of Patroni. The standby reads the state of slots in the database postgres.
  pg_hba:
    - local all all trust
    - $(yaml "host all $(hba "$POSTGRES_USER"),patroni samenet scram-sha-256")
    - host postgres,replication replicator samenet scram-sha-256
    - $(yaml "host $(hba "$POSTGRES_DB") all samenet scram-sha-256")
watchdog: { mode: 'off' }
END

follow-roles.sh &
exec patroni /tmp/patroni.yml
