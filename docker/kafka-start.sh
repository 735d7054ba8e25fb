#!/bin/bash
# Starts the broker. Before a single one, its controller runs alone until the registration of the broker
# that is gone has expired. Why: docs/decisions/0031-the-only-broker-always-leads.md;
# under `npm start`, local/src/parts/kafka-fence.ts does the same.
set -euo pipefail

data=$KAFKA_LOG_DIRS
# Of the broker that is gone. Nobody is served meanwhile, so it can be short.
session_timeout_ms=1000
# A controller that has been active this long without fencing anybody has nobody to fence.
nobody_to_fence_s=4
deadline_s=60

is_single() { [[ $KAFKA_CONTROLLER_QUORUM_VOTERS != *,* ]]; }
has_run() { [[ -d $data/__cluster_metadata-0 ]]; }

fence() {
    local log=/tmp/fence.log controller active_since=
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
    cat >/tmp/fence-log4j2.properties <<'EOF'
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
EOF
    KAFKA_LOG4J_OPTS=-Dlog4j2.configurationFile=/tmp/fence-log4j2.properties \
        KAFKA_HEAP_OPTS=-Xmx256m /opt/kafka/bin/kafka-server-start.sh /tmp/fence.properties >"$log" 2>&1 &
    controller=$!
    until grep -q 'Fencing broker [0-9]' "$log"; do
        if grep -q 'Performing controller activation' "$log"; then active_since=${active_since:-$SECONDS}; fi
        if [[ -n $active_since ]] && ((SECONDS - active_since > nobody_to_fence_s)); then break; fi
        if ((SECONDS > deadline_s)) || ! kill -0 "$controller" 2>/dev/null; then
            tail -n 20 "$log"
            echo 'the controller did not come up to fence the broker that is gone' >&2
            exit 1
        fi
        sleep 0.1
    done
    grep 'Fencing broker [0-9]' "$log" || echo 'no broker to fence'
    kill "$controller"
    wait "$controller" || :
}

if is_single && has_run; then fence; fi
exec /etc/kafka/docker/run
