import type { Sql } from '../transaction';
import type { Product } from './product';

/** A committed product, or undefined. */
export async function findProduct(sql: Sql, id: number): Promise<Product | undefined> {
  const [product] = await sql<Product>(
    `SELECT id, name, category, price_cents AS "priceCents", version, created_at AS "createdAt"
     FROM products
     WHERE id = $1`,
    [id],
  );
  return product;
}
