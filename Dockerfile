# One image per process that we write: command-service, query-service, relay-keeper.
# docker compose chooses by `target:`; docs/decisions/0009-images-and-containers.md says why it is made this way.

# Debian 13: the binary in sqlite3's package loads there. On another image (--build-arg NODE_IMAGE=…) it is compiled.
ARG NODE_IMAGE=node:24-trixie-slim
FROM ${NODE_IMAGE} AS base
ENV NPM_CONFIG_AUDIT=false NPM_CONFIG_FUND=false NPM_CONFIG_UPDATE_NOTIFIER=false
WORKDIR /app

# The manifests alone. The stages below copy them from here, and the cache goes by content: as long as
# no package.json has changed, nothing is installed again.
FROM base AS manifests
COPY . /sources
RUN cd /sources && find . -name package.json -exec cp --parents {} /app \; && cp package-lock.json /app

FROM base AS build
COPY --from=manifests /app ./
# Nothing here needs `local` and `tests`: their databases and tools stay out.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --include-workspace-root \
      -w contracts -w service-kit -w kafka-client -w command-service -w query-service -w reconcile -w relay-keeper -w demo -w outbox
COPY . ./
RUN npx tsc -b cli
# What runs: manifests, compiled code, and the files it reads. Dependencies come from the stages below.
RUN rm -rf node_modules */node_modules && find . \
      \( -name src -o -name 'tsconfig*' -o -name '*.tsbuildinfo' -o -name '*.map' -o -name '*.d.ts' \) \
      -print0 | xargs -0 rm -rf

# What each process needs of others, from the lock file, and nothing else. A workspace may have
# dependencies in a node_modules of its own, so these stages are copied whole.
FROM base AS command-service-modules
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts -w command-service

FROM base AS query-service-modules
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts -w query-service
# sqlite3 is loaded here, or the build fails. These images have no compiler: where one is needed, it stays in this stage.
RUN node -e "require('sqlite3')" || { \
      apt-get update && apt-get install -y --no-install-recommends python3 make g++ && \
      npm_package_config_node_gyp_nodedir=/usr/local npm rebuild sqlite3 --ignore-scripts=false && \
      rm -rf node_modules/sqlite3/build/Release/obj* && node -e "require('sqlite3')"; }

FROM base AS relay-keeper-modules
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts -w relay-keeper -w reconcile

FROM base AS runtime
ENV NODE_ENV=production
# MiB of each half of V8's young generation: up to 64 by default, which costs memory and spares no CPU.
ENV NODE_OPTIONS=--max-semi-space-size=8
COPY docker/healthcheck.mjs /app/
COPY --from=build /app/contracts contracts
COPY --from=build /app/service-kit service-kit
# `outbox` loads the service that is there.
COPY --from=build /app/cli cli
COPY --chmod=755 docker/outbox /usr/local/bin/

FROM runtime AS command-service
COPY --from=command-service-modules /app ./
COPY --from=build /app/command-service command-service
WORKDIR /app/command-service
USER node
EXPOSE 8080 9080
HEALTHCHECK --interval=3s --timeout=10s --start-period=180s CMD ["node", "/app/healthcheck.mjs", "8080"]
CMD ["node", "dist/main.js"]

FROM runtime AS query-service
COPY --from=query-service-modules /app ./
COPY --from=build /app/kafka-client kafka-client
COPY --from=build /app/query-service query-service
# A volume takes its first owner from here.
RUN install -d -o node -g node /var/lib/query-service
VOLUME /var/lib/query-service
WORKDIR /app/query-service
USER node
EXPOSE 8081 9081
HEALTHCHECK --interval=3s --timeout=10s --start-period=180s CMD ["node", "/app/healthcheck.mjs", "8081"]
CMD ["node", "dist/main.js"]

FROM runtime AS relay-keeper
COPY --from=relay-keeper-modules /app ./
COPY --from=build /app/kafka-client kafka-client
COPY --from=build /app/reconcile reconcile
COPY --from=build /app/debezium debezium
WORKDIR /app/debezium
USER node
EXPOSE 8084
HEALTHCHECK --interval=3s --timeout=10s --start-period=180s CMD ["node", "/app/healthcheck.mjs", "8084"]
CMD ["node", "dist/main.js"]
