import { fields, requestReader } from '../http/validation';

/** Body of `POST /api/products`. */
export interface CreateProduct {
  readonly name: string;
  readonly category: string;
  readonly price: number;
}

export const readCreateProduct = requestReader<CreateProduct>({
  type: 'object',
  additionalProperties: false,
  required: ['name', 'category', 'price'],
  properties: { name: fields.text, category: fields.text, price: fields.price },
});
