import type { Sql } from 'service-kit/sql';
import { mostLookedAt } from '../http/lists';
import type { Product } from './product';
import { productColumns } from './table';

/** Which products are asked for. Null: whichever. */
export interface Filter {
  readonly category: string | null;
  /** What the name has in it, in upper or lower case. */
  readonly name: string | null;
}

/**
 * A page of products, by their ids.
 *
 * @param after the `next` of the page before; 0: the first page
 * @param limit products at most. There may be fewer, even none, although more follow
 * @returns `next`: null on the last page
 */
export async function listProducts(
  sql: Sql,
  { category, name }: Filter,
  after: number,
  limit: number,
): Promise<{ products: Product[]; next: number | null }> {
  const rows = await sql<Product>({
    name: 'list-products',
    text: `SELECT ${productColumns}
           FROM (SELECT * FROM products WHERE id > $1 ORDER BY id LIMIT ${mostLookedAt}) AS products
           WHERE ($3::text IS NULL OR category = $3)
             AND ($4::text IS NULL OR strpos(lower(name), lower($4)) > 0)
           ORDER BY id
           LIMIT $2`,
    values: [after, limit + 1, category, name],
  });
  const products = rows.slice(0, limit);
  if (rows.length > limit) return { products, next: products.at(-1)?.id ?? null };
  const [cut] = await sql<{ id: number }>({
    name: 'find-cut-of-products',
    text: `SELECT id FROM products WHERE id > $1 ORDER BY id OFFSET ${mostLookedAt - 1} LIMIT 1`,
    values: [after],
  });
  return { products, next: cut?.id ?? null };
}
