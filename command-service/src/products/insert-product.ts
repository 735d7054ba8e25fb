import type { Cents } from 'contracts/money';
import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import type { Sql } from '../transaction';
import type { Product } from './product';

/** Writes a product of version 1. */
export async function insertProduct(
  sql: Sql,
  product: { name: string; category: string; priceCents: Cents },
): Promise<Product> {
  const [inserted] = await sql<Product>(
    `INSERT INTO products (name, category, price_cents)
     VALUES ($1, $2, $3)
     RETURNING id, name, category, price_cents AS "priceCents", version, created_at AS "createdAt"`,
    [product.name, product.category, product.priceCents],
  );
  await failpoint(failpoints.entityWritten);
  if (inserted === undefined) throw new Error('the product was not inserted');
  return inserted;
}
