#!/bin/bash
# Makes the owner and its database in a new cluster, as the image does it in one without Patroni.
set -euo pipefail

export owner_password="${POSTGRES_PASSWORD:-$(< /run/secrets/postgres_password)}"
psql -qX -v ON_ERROR_STOP=1 -U patroni -v owner="$POSTGRES_USER" -v database="$POSTGRES_DB" postgres <<'SQL'
\getenv password owner_password
CREATE ROLE :"owner" SUPERUSER LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"owner";
SQL
