import type { Scope } from '../auth';
import { type HeaderDescription, notNow, type Operation, refuses, type Slice } from './operation';

/** How a client authenticates itself: the document's `securitySchemes`. */
export const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
};

/** The same slice, with operations that need a token with this scope. */
export function secured(slice: Slice, scope: Scope): Slice {
  const operations = Object.entries(slice.operations).map(([route, operation]) => [
    route,
    { ...operation, security: [{ bearer: [scope] }], responses: withRefusals(operation, scope) },
  ]);
  return { ...slice, operations: Object.fromEntries(operations) as Slice['operations'] };
}

function withRefusals({ responses }: Operation, scope: Scope): Operation['responses'] {
  const challenge = { 'WWW-Authenticate': { ...wwwAuthenticate, required: true } };
  return {
    503: notNow('The token cannot be checked: `code` is `keys-not-available`.'),
    ...responses,
    401: refuses('No token, or one that is not valid.', challenge),
    403: refuses(`The token has no scope \`${scope}\`.`, challenge),
  };
}

const wwwAuthenticate: HeaderDescription = {
  description: 'What is wrong with the token, in the codes of RFC 6750.',
  schema: { type: 'string' },
};
