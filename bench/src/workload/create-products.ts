import type { System } from '../system/system';

/** Creates products by the command service, one after another: their ids are 1, 2, 3 … on an empty database. */
export async function createProducts(system: System, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) {
    const answer = await fetch(`${system.url('SERVER_PORT')}/api/products`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: `Product ${i}`, category: `Category ${i % 20}`, price: 5 }),
    });
    if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
    await answer.arrayBuffer();
  }
}
