/** A GET of the views, by a number that says which row. */
export type Question = (n: number) => string;

export const salesOfProduct: Question = (n) => `/api/analytics/products/${1 + (n % 1_000)}/sales`;

export const revenueOfCategory: Question = (n) =>
  `/api/analytics/categories/Category%20${n % 20}/revenue`;
