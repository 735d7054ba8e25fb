import type { Scope } from '../auth';
import {
  type Answer,
  type HeaderDescription,
  notNow,
  type Operation,
  type Problems,
  refuses,
  type Slice,
} from './operation';

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
    ...responses,
    503: alsoRefuses(responses[503] ?? notNow('The token cannot be checked.'), {
      'keys-not-available': "the keys of the token's issuer are not available",
    }),
    401: refuses('No token, or one that is not valid.', {}, challenge),
    403: refuses(`The token has no scope \`${scope}\`.`, {}, challenge),
  };
}

/** The same answer, which may also have these problems. */
function alsoRefuses({ content = {}, ...answer }: Answer, problems: Problems): Answer {
  const described = Object.entries(content).map(([type, one]) => [
    type,
    { ...one, problems: { ...one.problems, ...problems } },
  ]);
  return { ...answer, content: Object.fromEntries(described) as Answer['content'] & object };
}

const wwwAuthenticate: HeaderDescription = {
  description: 'What is wrong with the token, in the codes of RFC 6750.',
  schema: { type: 'string' },
};
