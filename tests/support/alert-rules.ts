import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from 'local/paths';

/** A file of this checkout. */
export const read = (path: string): string => readFileSync(join(checkout, path), 'utf8');

/** Prometheus's rules, and the names of the alerts in them. */
export const rules = read('docker/observability/alerts.yml');
export const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
