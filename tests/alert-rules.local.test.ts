import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkout } from 'local/paths';
import { alerts, read, rules } from './support/alert-rules';

test('each alert has its paragraph in operations.md, which it names, and a case in which it fires', () => {
  expect(alerts.length).toBeGreaterThan(15);
  const headings = [...read('docs/operations.md').matchAll(/^### (\w+)$/gm)].map(
    ([, name]) => name,
  );
  const cases = read('docker/observability/alerts.test.yml');
  for (const name of alerts) {
    expect(headings).toContain(name);
    expect(rules).toContain(`runbook: docs/operations.md#${name.toLowerCase()}\n`);
    expect(cases).toContain(`alertname="${name}"`);
  }
});

// By Prometheus's own evaluation. Where it is missing: `apt-get install prometheus`.
(spawnSync('promtool', ['--version']).error === undefined ? test : test.skip)(
  'each alert fires in its case, and none in a sound system (needs promtool)',
  () => {
    const cwd = join(checkout, 'docker', 'observability');
    execFileSync('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd });
  },
);
