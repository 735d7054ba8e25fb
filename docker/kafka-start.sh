#!/bin/bash
# Starts the broker. Before a single one, its controller runs alone until the registration of the broker
# that is gone has expired. Why: docs/decisions/0031-the-only-broker-always-leads.md;
# under `npm start`, local/src/parts/kafka-fence.ts does the same.
set -euo pipefail

# What docker-compose.secure.yml has made for this container: logins and certificates.
secure=/run/secure
if [[ -e $secure/environment ]]; then
    set -a
    . "$secure/environment"
    set +a
fi

data=$KAFKA_LOG_DIRS
# Session timeout of the former broker; nobody is served meanwhile, so keep it short.
session_timeout_ms=1000
# It looks eight times in a session: whoever is found alive this often within three sessions is not there.
looks_for_nobody=24
deadline_s=60

is_single() { [[ $KAFKA_CONTROLLER_QUORUM_VOTERS != *,* ]]; }
has_run() { [[ -d $data/__cluster_metadata-0 ]]; }

# fenced: the record of it is committed, as isFenced of kafka-fence.ts says. nobody: there is none to fence.
state_of() {
    awk -v looks="$looks_for_nobody" '
        /Performing controller activation/ { active = 1 }
        /Fencing broker [0-9]/ { fencing = 1 }
        fencing && /fenced=1/ { replayed = 1 }
        active && /No stale brokers found/ { looked++ }
        replayed && wanted == "" && /maybeFenceStaleBroker.*will be completed when the log reaches offset/ {
            wanted = $0; sub(/.*reaches offset /, "", wanted); wanted += 0
        }
        wanted != "" && /Completing purgatory items up to offset/ {
            offset = $0; sub(/.*up to offset /, "", offset)
            if (offset + 0 >= wanted) { print "fenced"; exit }
        }
        !fencing && looked >= looks { print "nobody"; exit }
    ' "$1"
}

fence() {
    local log=/tmp/fence.log controller state
    cat >/tmp/fence.properties <<EOF
process.roles=controller
node.id=$KAFKA_NODE_ID
controller.quorum.voters=$KAFKA_CONTROLLER_QUORUM_VOTERS
listeners=CONTROLLER://:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT
log.dirs=$data
broker.session.timeout.ms=$session_timeout_ms
broker.heartbeat.interval.ms=$((session_timeout_ms / 2))
EOF
    # The later line counts.
    if [[ -e $secure/controller.properties ]]; then cat $secure/controller.properties >>/tmp/fence.properties; fi
    cat >/tmp/fence-log4j2.properties <<'EOF'
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
logger.quorum.name = org.apache.kafka.controller.QuorumController
logger.quorum.level = debug
logger.replication.name = org.apache.kafka.controller.ReplicationControlManager
logger.replication.level = debug
EOF
    KAFKA_LOG4J_OPTS=-Dlog4j2.configurationFile=/tmp/fence-log4j2.properties \
        KAFKA_HEAP_OPTS=-Xmx256m /opt/kafka/bin/kafka-server-start.sh /tmp/fence.properties >"$log" 2>&1 &
    controller=$!
    until state=$(state_of "$log") && [[ -n $state ]]; do
        if ((SECONDS > deadline_s)) || ! kill -0 "$controller" 2>/dev/null; then
            tail -n 20 "$log"
            echo 'the controller did not come up to fence the broker that is gone' >&2
            exit 1
        fi
        sleep 0.1
    done
    echo "broker that is gone: $state"
    kill "$controller"
    wait "$controller" || :
}

if is_single && has_run; then fence; fi
if [[ -e /watch-secure.sh ]]; then bash /watch-secure.sh kafka & fi
exec /etc/kafka/docker/run
