// `npx outbox new view NAME`: writes a view that works, to be changed into the one that is wanted (docs/add-a-view.md).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const name = process.argv[2] ?? '';
const changed = [];

/** Writes a file that is not there. */
function create(file, text) {
  const path = join(checkout, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: 'wx' });
  changed.push(file);
}

/** Puts text into a file, before the one place where this stands. */
function insert(file, text, before) {
  const path = join(checkout, file);
  const parts = readFileSync(path, 'utf8').split(before);
  if (parts.length !== 2)
    throw new Error(`${file} has not exactly one place with ${before.trim()}`);
  writeFileSync(path, `${parts[0]}${text}${before}${parts[1]}`);
  changed.push(file);
}

if (!/^[a-z]+(-[a-z]+)*$/.test(name) || existsSync(join(checkout, viewFolder()))) {
  process.stderr.write(`${name} is no new name, such as order-value-by-day\n`);
  process.exit(64);
}

function viewFolder() {
  return `query-service/src/views/${name}`;
}

const camel = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const pascal = camel[0].toUpperCase() + camel.slice(1);

const views = 'query-service/src/views/views.ts';
const version =
  Number(/projectionVersion = (\d+);/.exec(readFileSync(join(checkout, views), 'utf8'))?.[1]) + 1;

create(
  `${viewFolder()}/view.ts`,
  `import { table } from '../../store/table';
import type { View } from '../view';

export const sums = table({
  name: '${name}',
  key: { product_id: 'product' },
  adds: { units: 'units sold', total_cents: 'cents sold' },
  sets: {},
});

/** What each product sold, and how many units of it. */
export const ${camel}: View = {
  name: '${name}',
  readableSince: ${version},
  tables: [sums],
  rows: ({ sales }) => [sales.map(({ productId, units, cents }) => [productId, units, cents])],
};
`,
);

create(
  `${viewFolder()}/routes.ts`,
  `import { objectOf } from 'service-kit/openapi/operation';
import { notFound, pathId } from 'service-kit/path-id';
import type { Reader } from '../../store/sql';
import { idInPath, schemas } from '../description';
import { lookup } from '../lookup';
import type { Route } from '../route';
import { presentTotal } from '../totals';
import { sums } from './view';

export function ${camel}Routes(reader: Reader): Route[] {
  const sumsOf = lookup(reader, sums);
  return [
    {
      path: '/api/analytics/${name}/{id}',
      operationId: 'get${pascal}',
      summary: 'What a product sold, and how many units of it',
      parameters: [idInPath('id')],
      answer: 'Both without cancelled orders.',
      schema: {
        title: '${pascal}',
        ...objectOf({ productId: schemas.id, units: schemas.count, totalSales: schemas.total }),
      },
      refusals: { 404: 'Nobody has ordered such a product.' },
      respond: async (ctx) => {
        const productId = pathId('product', ctx.params.id);
        const row = await sumsOf(productId);
        if (row === undefined) throw notFound('product', productId);
        const total = presentTotal(row.total_cents);
        return \`{"productId":\${productId},"units":\${row.units},"totalSales":\${total}}\`;
      },
    },
  ];
}
`,
);

insert(
  views,
  `import { ${camel}Routes } from './${name}/routes';\nimport { ${camel} } from './${name}/view';\n`,
  'import type { AskedView,',
);
insert(
  views,
  `  { ...${camel}, routes: ${camel}Routes },\n`,
  '];\n\n/**\n * The database file has it as',
);
const registered = readFileSync(join(checkout, views), 'utf8');
writeFileSync(
  join(checkout, views),
  registered.replace(/projectionVersion = \d+;/, `projectionVersion = ${version};`),
);

create(
  `reconcile/src/oracles/${name}.ts`,
  `import { count, money, type Oracle, plain } from './oracle';

/** Products that somebody has ordered, if only in cancelled orders. */
export const ${camel}: Oracle = {
  table: '${name}',
  key: { product_id: plain },
  columns: { units: count('units'), total_cents: money },
  sql: \`
    SELECT product_id, coalesce(units, 0), coalesce(cents, 0)
    FROM (
      SELECT DISTINCT product_id
      FROM order_items JOIN known_orders ON known_orders.id = order_id AND status IS NOT NULL
    ) AS ordered
    LEFT JOIN (
      SELECT product_id, sum(quantity) AS units, sum(cents) AS cents FROM sales GROUP BY product_id
    ) AS sold USING (product_id)
    ORDER BY product_id\`,
};
`,
);
const oracles = 'reconcile/src/oracles/oracles.ts';
insert(oracles, `import { ${camel} } from './${name}';\n`, 'import type { Oracle }');
insert(oracles, `  ${camel},\n`, '];\n');

create(
  `query-service/test/${name}.test.ts`,
  `import { definition } from '../src/views/views';
import { item, order, product } from './support/events';
import { openViews } from './support/views';

test('an order counts once, and not when it is cancelled', async () => {
  const views = await openViews();
  const history = [
    product(1, 'A'),
    order(1, [item(1, 2, '5.00'), item(1, 3, '5.00')]),
    order(2, [item(1, 4, '5.00')]),
    order(2, [item(1, 4, '5.00')], { version: 2, status: 'CANCELLED' }),
  ];
  await views.apply(...history);
  await views.apply(...history);

  expect(await views.store.reader.all('SELECT * FROM ${name.replaceAll('-', '_')}')).toEqual([
    { product_id: 1, units: 5, total_cents: 2_500 },
  ]);
  for (const invariant of definition.invariants) {
    expect(await views.store.reader.all(invariant)).toEqual([]);
  }
  await views.close();
});
`,
);
insert(
  'query-service/test/projection-version.test.ts',
  `    '${name} since ${version}: ${name} (product_id; units total_cents; )',\n`,
  "  ]);\n});\n\ntest('a view is not older",
);
insert(
  'query-service/test/openapi.test.ts',
  `  { well: '/${name}/1', refused: { 404: '/${name}/9' } },\n`,
  `  { well: '/categories?category=Electronics'`,
);

execFileSync('npx', ['prettier', '--log-level', 'warn', '--write', ...new Set(changed)], {
  cwd: checkout,
  stdio: 'inherit',
});
process.stdout.write(`${[...new Set(changed)].join('\n')}\n`);
