import type { Cents } from 'contracts/money';
import type { Sql } from 'service-kit/sql';
import type { Product } from './product';

/** What a SELECT reads of a product, FROM `products` or a subquery of that name. */
export const productColumns = `id, name, category, price_cents AS "priceCents", version, updated_at AS "updatedAt"`;

/** A committed product, or undefined. */
export async function findProduct(sql: Sql, id: number): Promise<Product | undefined> {
  const [product] = await sql<Product>({
    name: 'find-product',
    text: `SELECT ${productColumns} FROM products WHERE id = $1`,
    values: [id],
  });
  return product;
}

/** Writes a product of version 1. */
export async function insertProduct(
  sql: Sql,
  product: { name: string; category: string; priceCents: Cents },
): Promise<Product> {
  const [inserted] = await sql<Product>({
    name: 'insert-product',
    text: `INSERT INTO products (name, category, price_cents)
           VALUES ($1, $2, $3)
           RETURNING ${productColumns}`,
    values: [product.name, product.category, product.priceCents],
  });
  if (inserted === undefined) throw new Error('the product was not inserted');
  return inserted;
}

/** Raises a product's version. Until the transaction ends, nobody else changes it. */
export async function raiseProductVersion(sql: Sql, id: number): Promise<Product | undefined> {
  const [product] = await sql<Product>({
    name: 'raise-product-version',
    text: `UPDATE products
           SET version = version + 1, updated_at = date_trunc('milliseconds', clock_timestamp())
           WHERE id = $1
           RETURNING ${productColumns}`,
    values: [id],
  });
  return product;
}
