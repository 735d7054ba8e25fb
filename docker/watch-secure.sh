#!/bin/bash
# Says when a certificate or login of docker-compose.secure.yml is another one by now: what runs beside this has read it at its start.
# Our own processes do so themselves (service-kit/src/changed-files.ts).
state() { cat /run/secure/* | cksum; }

before=$(state)
while sleep 30; do
    now=$(state)
    if [[ $now != "$before" ]]; then
        echo "/run/secure holds something else by now: restart $1, which goes on with what it read at its start"
        before=$now
    fi
done
