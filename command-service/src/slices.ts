import type { AggregateType } from 'contracts/aggregates';
import { orderSlice } from './orders/slice';
import { productSlice } from './products/slice';
import type { Slice } from './slice';

/** The slice of each kind of aggregate, in the order in which the API's description shows them. */
export const slices: Readonly<Record<AggregateType, Slice>> = {
  product: productSlice,
  order: orderSlice,
};
