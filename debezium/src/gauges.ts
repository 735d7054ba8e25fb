import { Gauge, type Registry } from 'prom-client';

/** Adds a gauge that is read when `/metrics` is asked for. */
export type AddGauge = (name: string, help: string, read: () => number) => void;

export function gaugesOf(registry: Registry): AddGauge {
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
