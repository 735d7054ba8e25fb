import { type AggregateType, aggregateTypes } from 'contracts/aggregates';
import { Problem } from 'service-kit/problem';

/**
 * A consistency token of a command's answer: views with this version of the aggregate, or a newer one, show the change.
 */
export interface Token {
  readonly type: AggregateType;
  readonly id: number;
  readonly version: number;
}

/** More tokens than one page of a client needs; each costs a look into the database. */
const maxTokens = 20;

/** Up to 15 digits: more than a sequence or a version ever has, and exact in a double. */
const number = '[1-9][0-9]{0,14}';
/** One token as it is written, and several; both also stand in the OpenAPI document. */
const token = `(?:${aggregateTypes.join('|')}):${number}@${number}`;
export const tokensPattern = `^${token}(?:[ \\t]*,[ \\t]*${token}){0,${maxTokens - 1}}$`;
const tokens = new RegExp(tokensPattern);

/**
 * Reads `Consistency-Token`: one, as `order:17@2`, or several joined by commas.
 *
 * @throws {Problem} 400 when it is none
 */
export function readTokens(header: string): Token[] {
  if (!tokens.test(header)) throw malformed(header);
  return header.split(',').map((text) => {
    const [type = '', id = '', version = ''] = text.trim().split(/[:@]/);
    return { type: type as AggregateType, id: Number(id), version: Number(version) };
  });
}

/** A token as a command's answer has it. */
export const writeToken = ({ type, id, version }: Token): string => `${type}:${id}@${version}`;

function malformed(header: string): Problem {
  return new Problem(
    400,
    `Consistency-Token must be what commands answered, such as order:17@2, up to ${maxTokens} joined by ` +
      `commas, not ${header}`,
    { code: 'invalid-token' },
  );
}
