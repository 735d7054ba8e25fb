#!/bin/bash
# Makes certificates and passwords for docker-compose.secure.yml, at the first start. Each container gets a volume with its own, and sees
# no other. The authority's key is kept nowhere. For new ones: docker compose down -v, which deletes the data, too.
set -euo pipefail
umask 077
cd /secure

if [[ -e setup/complete ]]; then exit; fi
work=/tmp/authority
mkdir "$work"

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/ca.key" -out "$work/ca.pem" -days 3650 \
    -subj "/CN=outbox analytics $(openssl rand -hex 4)" 2>/dev/null
for host in db kafka; do
    openssl req -new -newkey rsa:2048 -nodes -keyout "$work/$host.key" -out "$work/$host.csr" -subj "/CN=$host" 2>/dev/null
    openssl x509 -req -in "$work/$host.csr" -out "$work/$host.pem" -days 3650 -CA "$work/ca.pem" -CAkey "$work/ca.key" \
        -set_serial "0x1$(openssl rand -hex 8)" \
        -extfile <(echo "subjectAltName=DNS:$host,DNS:localhost,IP:127.0.0.1") 2>/dev/null
done
for name in postgres service relay audit admin keeper connect query; do openssl rand -hex 24 >"$work/$name"; done

# give FOLDER TARGET SOURCE: such as postgres's password to the folder of one container
give() { cp "$work/$3" "$1/$2"; }
plain=org.apache.kafka.common.security.plain.PlainLoginModule

for folder in db kafka connect setup keeper command query; do give "$folder" ca.pem ca.pem; done

give db server.pem db.pem
give db server.key db.key
give db postgres_password postgres

give setup postgres_password postgres
give setup service_db_password service
give setup relay_db_password relay
give setup audit_db_password audit
give setup kafka_password admin

give keeper relay_db_password relay
give keeper audit_db_password audit
give keeper kafka_password keeper

give command service_db_password service
give query kafka_password query

cat "$work/kafka.key" "$work/kafka.pem" >kafka/server.pem
logins="$plain required username=\"admin\" password=\"$(<"$work/admin")\" user_admin=\"$(<"$work/admin")\""
{
    # Java's property files: the controller that fences alone needs the same (kafka-start.sh).
    echo "listener.security.protocol.map=CONTROLLER:SASL_SSL"
    echo "sasl.mechanism.controller.protocol=PLAIN"
    echo "listener.name.controller.sasl.enabled.mechanisms=PLAIN"
    echo "listener.name.controller.plain.sasl.jaas.config=$logins;"
    echo "ssl.keystore.type=PEM"
    echo "ssl.keystore.location=/run/secure/server.pem"
    echo "ssl.truststore.type=PEM"
    echo "ssl.truststore.location=/run/secure/ca.pem"
} >kafka/controller.properties
for user in keeper connect query; do logins+=" user_$user=\"$(<"$work/$user")\""; done
cat >kafka/environment <<END
KAFKA_LISTENER_NAME_CONTROLLER_PLAIN_SASL_JAAS_CONFIG='$logins;'
KAFKA_LISTENER_NAME_CLIENTS_PLAIN_SASL_JAAS_CONFIG='$logins;'
END

{
    echo "RELAY_DB_PASSWORD='$(<"$work/relay")'"
    for kind in '' PRODUCER_ CONSUMER_ ADMIN_; do
        echo "CONNECT_${kind}SECURITY_PROTOCOL=SASL_SSL"
        echo "CONNECT_${kind}SSL_TRUSTSTORE_TYPE=PEM"
        echo "CONNECT_${kind}SSL_TRUSTSTORE_LOCATION=/run/secure/ca.pem"
        echo "CONNECT_${kind}SASL_MECHANISM=PLAIN"
        echo "CONNECT_${kind}SASL_JAAS_CONFIG='$plain required username=\"connect\" password=\"$(<"$work/connect")\";'"
    done
} >connect/environment

touch setup/complete
# As whom each container runs.
chown -R 999:999 db
chown -R 1000:1000 kafka setup keeper command query
chown -R 1001:1001 connect
