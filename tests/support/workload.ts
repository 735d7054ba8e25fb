import { seeded } from 'local/seeded';
import type { Item, Shop } from './shop';

const categories = ['Electronics', 'Books', 'Toys', 'Food & drink'];
const nextStatus = { CREATED: ['SHIPPED', 'CANCELLED'], SHIPPED: ['DELIVERED'] } as const;

/**
 * Creates products, then orders and status changes in random order, one after another.
 *
 * @param onProgress called after each acknowledged command with their number
 * @returns the ids of the products
 */
export async function randomWorkload(
  shop: Shop,
  { products, commands, seed }: { products: number; commands: number; seed: number },
  onProgress: (acknowledged: number) => void = () => undefined,
): Promise<number[]> {
  const random = seeded(seed);
  const cents = (): number => random(100_000) / 100;
  const ids: number[] = [];
  for (let i = 0; i < products; i++) {
    const category = categories[random(categories.length)] ?? 'Books';
    const { body } = await shop.createProduct(`Product ${i}`, category, cents());
    ids.push(body.id as number);
  }
  const open: { id: number; status: keyof typeof nextStatus }[] = [];
  for (let done = 1; done <= commands; done++) {
    if (open.length > 0 && random(3) === 0) {
      const index = random(open.length);
      const order = open[index] ?? open[0];
      if (order === undefined) throw new Error('no open order');
      const choices = nextStatus[order.status];
      const status = choices[random(choices.length)] ?? 'SHIPPED';
      expectStatus(200, await shop.changeStatus(order.id, status));
      if (status === 'SHIPPED') order.status = status;
      else open.splice(index, 1);
    } else {
      const items: Item[] = Array.from({ length: 1 + random(4) }, () => ({
        productId: ids[random(products)] ?? 0,
        quantity: 1 + random(9),
        price: cents(),
      }));
      // Late orders too: over the three days before today.
      const placedAt = new Date(Date.now() - random(72 * 3_600_000)).toISOString();
      const placed = expectStatus(201, await shop.placeOrder(items, { placedAt }));
      open.push({ id: placed.body.id as number, status: 'CREATED' });
    }
    onProgress(done);
  }
  return ids;
}

function expectStatus(status: number, answer: { status: number; body: Record<string, unknown> }) {
  if (answer.status !== status) throw new Error(`${status} expected: ${JSON.stringify(answer)}`);
  return answer;
}
