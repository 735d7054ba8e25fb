import { read, rules } from './support/alert-rules';
import { LocalStack } from './support/local-stack';
import { shownMetrics } from './support/metrics';
import { sharedStack } from './support/shared-stack';

let stack: LocalStack;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
});

test('each metric that a rule or the dashboard asks for is shown by a running process', async () => {
  const shown = await shownMetrics(stack);
  const dashboard = read('docker/observability/grafana/dashboards/outbox-analytics.json');
  const expressions = [
    ...[...rules.matchAll(/expr: (?:>-\s+)?(.*)/g)].map(([, text = '']) => text),
    ...[...dashboard.matchAll(/"expr": (".*")/g)].map(
      ([, text = '']) => JSON.parse(text) as string,
    ),
  ].filter((text) => !text.startsWith('ALERTS'));
  const asked = expressions.flatMap(
    (text) => text.replace(/\{.*?\}/g, '').match(/\b[a-z]+_\w+\b(?! *\()/g) ?? [],
  );
  expect(asked.length).toBeGreaterThan(40);
  const named = asked.map((name) => name.replace(/_(bucket|count)$/, ''));
  const missing = asked.filter((name, i) => !shown.has(name) && !shown.has(named[i] ?? ''));
  expect(missing).toEqual([]);
});
