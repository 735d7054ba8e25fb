import type { Answer, Parameter } from './operation';

/** The query parameters of an answer that comes in pages. */
export const pageParameters = ({
  of,
  byDefault,
  max,
  cursor,
}: {
  /** What is on a page: `Windows`. */
  readonly of: string;
  /** How many when the client does not say. */
  readonly byDefault: number;
  readonly max: number;
  /** The expression that `after` matches. */
  readonly cursor: string;
}): readonly Parameter[] => [
  {
    name: 'limit',
    in: 'query',
    description: `${of} on a page, at most.`,
    schema: { type: 'integer', minimum: 1, maximum: max, default: byDefault },
  },
  {
    name: 'after',
    in: 'query',
    description: 'Where the page before ended, as its `Link` has it.',
    schema: { type: 'string', pattern: cursor },
  },
];

/** The header of an answer that is one page of several. */
export const nextPage: NonNullable<Answer['headers']> = {
  Link: {
    description: 'RFC 8288, `rel="next"`: the page that follows, if there is one.',
    schema: { type: 'string', pattern: '^<.+>; rel="next"$' },
  },
};
