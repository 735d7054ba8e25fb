import { query } from 'local/query';
import { ClusterLoad } from './cluster-load';
import { ComposeStack } from './compose-stack';
import { expectViewsToEqualPostgres } from './converge';
import { Shop } from './shop';
import type { Stack } from './stack';

const memberNumbers = [1, 2, 3];

/** Members that share their views, by docker-compose.scale.yml, with a product to order. @param files further ones */
export async function startMembers(...files: readonly string[]): Promise<ComposeStack> {
  const stack = await ComposeStack.start(
    ['docker-compose.yml', 'docker-compose.scale.yml', ...files],
    ['VIEWS_DB_PORT'],
    // Docker chooses.
    { QUERY_ADMIN_PORTS: '0' },
  );
  try {
    await new Shop(stack.commands).createProduct('Laptop', 'Electronics', 500);
    await expectViewsToEqualPostgres(await throughMember(stack, 1));
    return stack;
  } catch (error) {
    await stack.remove();
    throw error;
  }
}

/** Stops the load. PostgreSQL has what was acknowledged and nothing else, and each member's views have each order once. */
export async function expectMembersToCountOnce(
  stack: ComposeStack,
  load: ClusterLoad,
): Promise<void> {
  await load.stop();
  const rows = await query<{ id: string }>(stack.database, 'SELECT id::text FROM orders');
  expect(new Set(load.acknowledged)).toEqual(new Set(rows.map(({ id }) => Number(id))));
  for (const member of memberNumbers) {
    const { products } = await expectViewsToEqualPostgres(await throughMember(stack, member));
    expect(Number(products['1'])).toBe(rows.length * 7);
  }
}

/** The stack, with this member's admin listener. @param member from 1 */
async function throughMember(stack: ComposeStack, member: number): Promise<Stack> {
  const args = ['port', '--index', String(member), 'query-service', '9081'];
  const queryAdmin = `http://${(await stack.compose(...args)).trim()}`;
  return Object.create(stack, { queryAdmin: { value: queryAdmin } }) as Stack;
}
