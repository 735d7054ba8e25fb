import { writeFileSync } from 'node:fs';

/** What the views must hold after a history, in whole cents. */
export class Oracle {
  private readonly products: Float64Array;
  /** By hour, then product. */
  private readonly windows: Float64Array;

  constructor(
    private readonly productCount: number,
    private readonly hours: number,
    private readonly firstHour: number,
    private readonly categoryOf: (productId: number) => string,
  ) {
    this.products = new Float64Array(productCount + 1);
    this.windows = new Float64Array(hours * (productCount + 1));
  }

  /** @param hour since the first */
  add(productId: number, hour: number, cents: number): void {
    const window = hour * (this.productCount + 1) + productId;
    this.products[productId] = (this.products[productId] ?? 0) + cents;
    this.windows[window] = (this.windows[window] ?? 0) + cents;
  }

  /**
   * Asks the query service for every row of all three views.
   *
   * @param url of its public listener
   * @throws naming the first row that is not what it must be
   */
  async requireViews(url: string): Promise<void> {
    const analytics = `${url}/api/analytics`;
    for (let id = 1; id <= this.productCount; id++) {
      const { totalSales } = await getJson<{ totalSales: number }>(
        `${analytics}/products/${id}/sales`,
      );
      requireEqual(`sales of product ${id}`, totalSales, this.products[id] ?? 0);
    }
    for (const [category, cents] of this.categories()) {
      const { totalRevenue } = await getJson<{ totalRevenue: number }>(
        `${analytics}/categories/${encodeURIComponent(category)}/revenue`,
      );
      requireEqual(`revenue of ${category}`, totalRevenue, cents);
    }
    await this.requireWindows(analytics);
  }

  /** For the Kafka Streams application, which compares its stores with it. */
  write(file: string): void {
    const windows: Record<string, number> = {};
    this.windows.forEach((cents, window) => {
      if (cents === 0) return;
      const hour = this.firstHour + Math.floor(window / (this.productCount + 1));
      windows[`${window % (this.productCount + 1)}@${hour * 3_600_000}`] = cents;
    });
    const products = Object.fromEntries(
      [...this.products.entries()].filter(([, cents]) => cents !== 0),
    );
    const categories = Object.fromEntries(this.categories());
    writeFileSync(file, JSON.stringify({ products, categories, windows }));
  }

  private categories(): Map<string, number> {
    const sums = new Map<string, number>();
    for (let id = 1; id <= this.productCount; id++) {
      const category = this.categoryOf(id);
      sums.set(category, (sums.get(category) ?? 0) + (this.products[id] ?? 0));
    }
    return sums;
  }

  /** Page by page. A window without sales has no row, or one of 0 when only its sum is 0. */
  private async requireWindows(analytics: string): Promise<void> {
    const left = this.windows.slice();
    const start = new Date(this.firstHour * 3_600_000).toISOString();
    const end = new Date((this.firstHour + this.hours) * 3_600_000).toISOString();
    let page: string | null = `${analytics}/hourly-sales?start=${start}&end=${end}&limit=10000`;
    while (page !== null) {
      const answer: Response = await fetch(page);
      const rows = (await answer.json()) as Window[];
      for (const { windowStart, productId, totalSales } of rows) {
        const hour = Date.parse(windowStart) / 3_600_000 - this.firstHour;
        const window = hour * (this.productCount + 1) + productId;
        requireEqual(`${windowStart} of product ${productId}`, totalSales, left[window] ?? NaN);
        left[window] = 0;
      }
      const [, next] = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '') ?? [];
      page = next === undefined ? null : new URL(next, page).href;
    }
    const missing = left.findIndex((cents) => cents !== 0);
    if (missing >= 0) throw new Error(`a window is missing: hour and product ${missing}`);
  }
}

interface Window {
  windowStart: string;
  productId: number;
  totalSales: number;
}

async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** @param shown with two decimals; rounding cannot hide a cent, totals here are far below 2^46 */
function requireEqual(what: string, shown: number, cents: number): void {
  if (Math.round(shown * 100) === cents) return;
  throw new Error(`${what}: ${shown}, not ${cents / 100}`);
}
