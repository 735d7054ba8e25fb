import { fields, requestReader } from '../http/validation';

/** Body of `POST /api/products`. */
interface CreateProduct {
  readonly name: string;
  readonly category: string;
  readonly price: number;
}

export const createProduct = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'category', 'price'],
  properties: {
    name: fields.text,
    // The category is a path segment in the query service's API.
    category: { ...fields.text, pathSegment: true },
    price: fields.price,
  },
} as const;

export const readCreateProduct = requestReader<CreateProduct>(createProduct);
