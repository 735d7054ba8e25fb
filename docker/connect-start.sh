#!/bin/bash
# Starts the Connect worker.
set -euo pipefail

# What docker-compose.secure.yml has made for this container: logins and certificates.
if [[ -e /run/secure/environment ]]; then
    set -a
    . /run/secure/environment
    set +a
fi

# The driver reads the password from a file of its own form, here as under `npm start` (debezium/connect-worker.env says why).
password="${RELAY_DB_PASSWORD:-$(< /run/secrets/relay_db_password)}"
unset RELAY_DB_PASSWORD
(umask 077; printf '%s\n' "$DB_HOST" "$DB_PORT" "$POSTGRES_DB" "$RELAY_DB_USER" "$password" |
    sed 's/[\\:]/\\&/g' | paste -sd: > /tmp/pgpass)
export PGPASSFILE=/tmp/pgpass

# The image completes its settings where they lie, so they must be writable, whatever mode they have in the image.
cp -r --no-preserve=mode /kafka/config.orig/. /kafka/config/
if [[ -e /watch-secure.sh ]]; then bash /watch-secure.sh connect & fi
exec /docker-entrypoint.sh start
