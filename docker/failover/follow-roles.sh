#!/bin/bash
# Has the relay wait for the standby for which commits wait, whoever that is: Patroni does not. Every second, as long as the member lives.
while sleep 1; do
    # One session; a new one when PostgreSQL has been away.
    while sleep 1; do cat /usr/local/share/follow-roles.sql || exit; done |
        PGOPTIONS='-c statement_timeout=5s' PGCONNECT_TIMEOUT=3 PGAPPNAME=follow-roles psql -qXAt -U patroni postgres 2>/dev/null
done
