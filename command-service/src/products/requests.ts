import { fields, requestReader } from '../http/validation';

/** Body of `POST /api/products`. */
export interface CreateProduct {
  readonly name: string;
  readonly category: string;
  readonly price: number;
}

export const createProduct = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'category', 'price'],
  properties: { name: fields.text, category: fields.text, price: fields.price },
} as const;

export const readCreateProduct = requestReader<CreateProduct>(createProduct);
