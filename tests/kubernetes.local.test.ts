import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { checkout } from 'local/paths';
import { read } from './support/alert-rules';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: unknown;
  readonly resources: unknown;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly livenessProbe?: { readonly httpGet: unknown };
  readonly readinessProbe?: { readonly httpGet: unknown };
}

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes: readonly {
      readonly name: string;
      readonly secret?: { readonly items: readonly { readonly key: string }[] };
    }[];
  };
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template?: Pod;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly port: number; readonly targetPort: string }[];
    readonly class?: string;
    readonly tasksMax?: number;
    readonly config?: Readonly<Record<string, unknown>>;
  };
}

const folder = join(checkout, 'kubernetes');
const files = readdirSync(folder).filter((name) => /^(?!kustomization).*\.yaml$/.test(name));
const text = files.map((name) => read(`kubernetes/${name}`)).join('---\n');
// Kubernetes reads YAML 1.1: 0440 is a number to the base of eight.
const manifests = parseAllDocuments(text, { version: '1.1' }).map((one) => one.toJS() as Manifest);
const ofKind = (kind: string): Manifest[] => manifests.filter((one) => one.kind === kind);
const pods = manifests.flatMap(({ spec }) => spec.template ?? []);
const containersOf = ({ spec }: Pod): Container[] => [
  ...(spec.initContainers ?? []),
  ...spec.containers,
];

test('kustomization.yaml names each manifest', () => {
  const [kustomization] = parseAllDocuments(read('kubernetes/kustomization.yaml')).map(
    (one) => one.toJS() as { resources: string[] },
  );
  expect(kustomization?.resources.toSorted()).toEqual(files.toSorted());
});

test('the KafkaConnector is what the keeper would give Connect', () => {
  const [connector] = ofKind('KafkaConnector');
  const { class: type, tasksMax, config } = connector?.spec ?? {};
  // As Strimzi makes it: it takes these three from elsewhere.
  const made = {
    ...config,
    name: connector?.metadata.name,
    'connector.class': type,
    'tasks.max': String(tasksMax),
  };
  expect(made).toEqual(JSON.parse(read('debezium/outbox-relay.json')));
});

test('each process gets the settings and passwords that it needs, and no other password', () => {
  const settings = read('kubernetes/settings.env').matchAll(/^([A-Z_]+)=(.*)$/gm);
  const shared: NodeJS.ProcessEnv = {};
  for (const [, name = '', value] of settings) shared[name] = value;
  const readers = {
    migrate: ['command-service', 'readMigrationConfig'],
    'relay-setup': ['debezium', 'readSetupConfig'],
    'command-service': ['command-service', 'readConfig'],
    'query-service': ['query-service', 'readConfig'],
    'relay-keeper': ['debezium', 'readRelayKeeperConfig'],
  } as Record<string, [string, string]>;
  const seen = pods.flatMap((pod) =>
    containersOf(pod).map(({ name, env = [], volumeMounts }) => {
      const [workspace = '', reader = ''] = readers[name] ?? [];
      const mounted = pod.spec.volumes
        .filter((volume) => volumeMounts.some((mount) => mount.name === volume.name))
        .flatMap(({ secret }) => secret?.items.map(({ key }) => `/run/secrets/${key}`) ?? []);
      expect(env.map(({ value }) => value)).toEqual(mounted);
      const variables: NodeJS.ProcessEnv = { ...shared };
      for (const one of env) variables[one.name.replace(/_FILE$/, '')] = 'secret';
      const config = join(checkout, workspace, 'dist', 'config.js');
      const script = `console.log(JSON.stringify(require(${JSON.stringify(config)}).${reader}()))`;
      const told = execFileSync(process.execPath, ['-e', script], { env: variables });
      return [name, JSON.parse(told.toString()) as unknown] as const;
    }),
  );
  expect(seen.map(([name]) => name).toSorted()).toEqual(Object.keys(readers).toSorted());
  // Strimzi owns the connector.
  expect(Object.fromEntries(seen)['relay-keeper']).toMatchObject({
    connect: { managedBy: 'strimzi' },
  });
});

test('each container runs as hardened as under docker compose', () => {
  expect(pods).toHaveLength(4);
  for (const pod of pods) {
    expect(pod.spec).toMatchObject({
      automountServiceAccountToken: false,
      // RELAY_KEEPER_PORT and the like are settings of ours.
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    for (const { securityContext, resources } of containersOf(pod)) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const memory = { memory: expect.any(String) as string };
      expect(resources).toMatchObject({ requests: memory, limits: memory });
    }
  }
});

test('each Service and each probe finds a port of its pods', () => {
  const services = ofKind('Service');
  expect(services).toHaveLength(3);
  for (const { spec } of services) {
    const [pod] = pods.filter(
      ({ metadata }) =>
        metadata.labels['app.kubernetes.io/name'] === spec.selector?.['app.kubernetes.io/name'],
    );
    const [container] = pod?.spec.containers ?? [];
    for (const { port, targetPort } of spec.ports ?? []) {
      expect(container?.ports).toContainEqual({ name: targetPort, containerPort: port });
    }
    const probe = { port: 'http', httpHeaders: [{ name: 'Host', value: 'localhost' }] };
    expect(container?.livenessProbe?.httpGet).toEqual({ path: '/health/live', ...probe });
    expect(container?.readinessProbe?.httpGet).toEqual({ path: '/health/ready', ...probe });
  }
});

const runs = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
const kustomize = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
].find(([tool = '', verb = '']) => runs(tool, verb, '--help'));
const validates = runs('python3', '-c', 'import kubernetes_validate');

/** Where it is missing: `pip install kubernetes-validate`. */
(validates ? describe : describe.skip)('by published schemas (needs kubernetes-validate)', () => {
  const validate = (input: string, version: string): string =>
    execFileSync('python3', [join(__dirname, 'kubernetes', 'validate.py'), version], {
      input,
      stdio: 'pipe',
    }).toString();

  // The oldest that Strimzi 1.2 runs on, and the newest that is known.
  test.each(['1.30', '1.37'])(
    'each manifest is one of Kubernetes %s, and of Strimzi',
    (version) => {
      expect(validate(text, version)).toBe(`${manifests.length} manifests, 0 with faults\n`);
    },
  );

  test.each([
    ['a member that Kubernetes does not know', 'readOnlyRootFilesystem', 'readOnlyRootFileSystem'],
    ['a member that Strimzi does not know', 'tasksMax', 'maxTasks'],
    ['a value of another type', 'containerPort: 8080', 'containerPort: http'],
  ])('%s is refused', (_, right, wrong) => {
    expect(() => validate(text.replace(right, wrong), '1.37')).toThrow(/Command failed/);
  });

  (kustomize === undefined ? test.skip : test)(
    'what Kustomize builds of them is valid, too, and has the settings by their hash (needs kubectl or kustomize)',
    () => {
      const [tool = '', verb = ''] = kustomize ?? [];
      const built = execFileSync(tool, [verb, folder]).toString();
      expect(validate(built, '1.37')).toBe(`${manifests.length + 1} manifests, 0 with faults\n`);
      expect(built).toMatch(/configMapRef:\s+name: settings-[a-z0-9]{10}\n/);
      expect(built).not.toMatch(/name: settings\n/);
    },
  );

  (kustomize?.[0] === 'kubectl' ? test : test.skip)(
    'what the README has the owner run is a valid Job with that command (needs kubectl)',
    () => {
      const [, pipe = ''] =
        /(kubectl kustomize [^`]*)\| kubectl apply/.exec(read('kubernetes/README.md')) ?? [];
      const job = execFileSync('sh', ['-c', pipe], { cwd: checkout }).toString();
      expect(validate(job, '1.37')).toBe('1 manifests, 0 with faults\n');
      expect(parseAllDocuments(job)[0]?.toJS()).toMatchObject({
        metadata: { name: 'new-history' },
        spec: {
          template: {
            // By this NetworkPolicies know it.
            metadata: { labels: { 'app.kubernetes.io/name': 'relay-setup' } },
            spec: {
              containers: [
                { command: ['outbox', 'new-history', '--reason', 'restored from a backup'] },
              ],
            },
          },
        },
      });
    },
  );
});
