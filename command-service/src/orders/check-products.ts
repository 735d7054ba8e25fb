import { failpoint } from 'service-kit/failpoints';
import { Problem } from 'service-kit/problem';
import { failpoints } from '../failpoints';
import type { Sql } from '../transaction';

/**
 * Checks, before anything is written, that an order's products exist: a refused order takes no id.
 * Products are never deleted, so what exists here exists at the commit.
 *
 * @throws {Problem} 422 naming those that do not
 */
export async function checkProducts(sql: Sql, productIds: readonly number[]): Promise<void> {
  const rows = await sql<{ productId: number }>(
    `SELECT DISTINCT wanted AS "productId"
     FROM unnest($1::bigint[]) AS wanted
     WHERE NOT EXISTS (SELECT FROM products WHERE id = wanted)
     ORDER BY wanted`,
    [productIds],
  );
  await failpoint(failpoints.productsChecked);
  const unknown = rows.map(({ productId }) => productId);
  if (unknown.length > 0) {
    throw new Problem(422, `there is no product ${unknown.join(', ')}`, {
      unknownProducts: unknown,
    });
  }
}
