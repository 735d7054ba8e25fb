import { Counter, Gauge, type Registry } from 'prom-client';

/** Adds a metric that is read when `/metrics` is asked for. */
type AddMetric = (name: string, help: string, read: () => number) => void;

export function gaugesOf(registry: Registry): AddMetric {
  return (name, help, read) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
}

/** Adds counters whose values are counted elsewhere, since the process started. */
export function countersOf(registry: Registry): AddMetric {
  return (name, help, read) => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
}
