import { Counter, Gauge, type Registry } from 'prom-client';
import type { Verdict } from 'reconcile/reconcile';

/** Metrics of the periodic comparison, by replica. */
export class AuditMetrics {
  private readonly comparedTotal;
  private readonly differences;
  private readonly behind;
  private readonly lastSuccess;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['replica'];
    this.comparedTotal = new Counter({
      name: 'reconcile_compared_total',
      help: 'Aggregates that were compared with PostgreSQL',
      labelNames,
      registers,
    });
    this.differences = new Gauge({
      name: 'reconcile_differences',
      help: 'Aggregates that differed when they were last compared',
      labelNames,
      registers,
    });
    this.behind = new Gauge({
      name: 'reconcile_behind',
      help: 'Aggregates whose newest version came only while the last comparison waited for it',
      labelNames,
      registers,
    });
    this.lastSuccess = new Gauge({
      name: 'reconcile_last_success_timestamp_seconds',
      help: 'When the last comparison ended, equal or not, in seconds since 1970',
      labelNames,
      registers,
    });
  }

  /** @param differences open ones, of this part and of those before */
  compared(replica: string, { compared, caughtUp }: Verdict, differences: number): void {
    this.comparedTotal.inc({ replica }, compared);
    this.differences.set({ replica }, differences);
    this.behind.set({ replica }, caughtUp);
    this.lastSuccess.setToCurrentTime({ replica });
  }
}
