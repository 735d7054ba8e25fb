import { placeOrderStatement } from './place-order-statement';

/** As the service has PostgreSQL write a time. Not in the script: there a colon begins a variable. */
export const isoFormat = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';

const eventItems = [
  '{"productId":%s,"quantity":1,"price":"5.00"}',
  '{"productId":%s,"quantity":2,"price":"19.90"}',
  '{"productId":%s,"quantity":3,"price":"1.00"}',
];
const payload = `{"customerId":%s,"status":"CREATED","items":[${eventItems.join(',')}]}`;

/** What stands for $1, $2, … The event's id ascends as a UUIDv7 does, another range for each `prefix`. */
const values = [
  ':customer',
  'NULL',
  'ARRAY[:p1, :p2, :p3]',
  'ARRAY[1, 2, 3]',
  'ARRAY[500, 1990, 100]',
  `((:prefix)::text || '-7000-8000-' || lpad(to_hex((:n)::bigint * 64 + (:client_id)::bigint), 12, '0'))::uuid`,
  `format('${payload}', (:customer)::bigint, (:p1)::bigint, (:p2)::bigint, (:p3)::bigint)`,
  ':iso',
  `'order-events'`,
  '1',
  `'00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'`,
];

/**
 * For pgbench, which is to be given `prefix`, `iso` and n = 0: the statement that the command service runs for an
 * order of three items.
 *
 * @param products as many there are, from 1
 */
export function placeOrderScript(products: number): string {
  const statement = placeOrderStatement.replace(/\$(\d+)/g, (parameter, position) => {
    const value = values[Number(position) - 1];
    if (value === undefined) throw new RangeError(`the statement has a new parameter ${parameter}`);
    return value;
  });
  return `\\set n :n + 1
\\set customer random(1, 10000)
\\set p1 random(1, ${products})
\\set p2 random(1, ${products})
\\set p3 random(1, ${products})
${statement.trim()};
`;
}
