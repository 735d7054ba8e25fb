/** What the demo's shop sells: name, category, price, and how often it is bought beside the others. */
export interface Article {
  readonly name: string;
  readonly category: string;
  readonly price: number;
  readonly weight: number;
}

const of = (category: string, ...articles: [string, number, number][]): Article[] =>
  articles.map(([name, price, weight]) => ({ name, category, price, weight }));

export const catalogue: readonly Article[] = [
  ...of(
    'Electronics',
    ['Laptop 14"', 899, 2],
    ['Noise-cancelling headphones', 219.9, 5],
    ['Mechanical keyboard', 129.5, 5],
    ['USB-C hub', 39.99, 8],
    ['4K monitor', 379, 2],
  ),
  ...of(
    'Books',
    ['Designing Data-Intensive Applications', 48.5, 9],
    ['The Pragmatic Programmer', 42, 7],
    ['A Philosophy of Software Design', 21.95, 6],
    ['Release It!', 36.4, 4],
  ),
  ...of(
    'Home & kitchen',
    ['Espresso machine', 449, 2],
    ['Chef’s knife', 74.9, 5],
    ['Cast-iron pan', 39.5, 6],
    ['Water kettle', 34.99, 6],
  ),
  ...of(
    'Toys & games',
    ['Wooden train set', 59.9, 4],
    ['Chess board', 44, 4],
    ['1000-piece puzzle', 17.99, 9],
  ),
  ...of(
    'Garden',
    ['Pruning shears', 27.5, 5],
    ['Herb planter', 19.95, 6],
    ['LED garden lights', 32.9, 5],
  ),
  ...of(
    'Sports',
    ['Yoga mat', 29.9, 7],
    ['Trail running shoes', 119, 4],
    ['Water bottle', 14.5, 11],
  ),
];
