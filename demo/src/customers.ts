import type { Article } from './catalogue';
import type { Item, Shop } from './shop';

/** An article that the shop has taken up. */
export type Product = Article & { readonly id: number };

const customers = 200;
/** How often an open order is cancelled or shipped, and a shipped one delivered, when it is looked at. */
const cancelled = 0.07;
const shipped = 0.6;
const delivered = 0.5;
/** Open orders that are remembered, to move on later. */
const remembered = 200;

type Random = () => number;

/** Buys, ships, delivers and cancels, at random. */
export class Customers {
  private open: { id: number; shipped: boolean }[] = [];

  constructor(
    private readonly shop: Shop,
    private readonly products: readonly Product[],
    private readonly random: Random,
  ) {}

  /** Places an order, and some of the time moves an older one on. @param placedAt as `Shop.placeOrder` */
  async act(placedAt?: number): Promise<void> {
    const customer = 1 + Math.floor(this.random() * customers);
    const id = await this.shop.placeOrder(customer, basket(this.products, this.random), placedAt);
    this.open.push({ id, shipped: false });
    if (this.open.length > remembered) this.open.shift();
    await this.moveOneOn();
  }

  /** The order is taken out meanwhile: another lane must not move it, too. */
  private async moveOneOn(): Promise<void> {
    const [order] = this.open.splice(Math.floor(this.random() * this.open.length), 1);
    if (order === undefined) return;
    const next = nextStatus(order.shipped, this.random());
    if (next !== null) await this.shop.changeStatus(order.id, next);
    if (next === null || next === 'SHIPPED') {
      this.open.push({ id: order.id, shipped: order.shipped || next === 'SHIPPED' });
    }
  }
}

/** @param dice from 0 to below 1 @returns null: it stays as it is for now */
function nextStatus(
  isShipped: boolean,
  dice: number,
): 'SHIPPED' | 'DELIVERED' | 'CANCELLED' | null {
  if (isShipped) return dice < delivered ? 'DELIVERED' : null;
  if (dice < cancelled) return 'CANCELLED';
  return dice < shipped ? 'SHIPPED' : null;
}

/** One to four different products, the cheap ones more than once. */
export function basket(products: readonly Product[], random: Random): Item[] {
  const chosen = new Map<number, Item>();
  const lines = 1 + Math.floor(random() * random() * 4);
  for (let i = 0; i < lines; i++) {
    const product = choose(products, random);
    const quantity = product.price < 50 ? 1 + Math.floor(random() * 3) : 1;
    chosen.set(product.id, { productId: product.id, quantity, price: product.price });
  }
  return [...chosen.values()];
}

/** By weight. @throws {RangeError} when there is no product */
function choose(products: readonly Product[], random: Random): Product {
  let left = random() * products.reduce((sum, { weight }) => sum + weight, 0);
  const found = products.find(({ weight }) => (left -= weight) < 0) ?? products.at(-1);
  if (found === undefined) throw new RangeError('the shop has no products');
  return found;
}
