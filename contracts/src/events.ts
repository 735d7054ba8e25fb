import { Ajv, type ValidateFunction } from 'ajv';
import { currentVersion, type EventPayloads } from './event-types';
import { eventSchemas } from './schemas';
import { upcast } from './upcasters';

export { currentVersion, type EventPayloads } from './event-types';

/** `Watermark` is no domain event: it is the relay's own sign of life, see docs/architecture.md. */
export type EventType = keyof EventPayloads;

export type OrderStatus = EventPayloads['OrderStatusUpdated']['status'];

/**
 * Types that a consumer of this version may skip without losing money: additive ones that a newer
 * producer writes. Consumers upgrade first; this list is for the case that they did not.
 */
export const ignorableTypes: ReadonlySet<string> = new Set();

const validators = compileSchemas();

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(currentVersion, type);
}

/**
 * Checks a payload before it goes into the outbox.
 *
 * @throws {ContractError} naming every violation: a defect of the producer, not of its client
 */
export function assertPayload<T extends EventType>(type: T, payload: EventPayloads[T]): void {
  validate(type, currentVersion[type], payload);
}

/**
 * Brings the payload of a received event to the version that this code knows.
 *
 * An older payload is validated against its own schema, upcast step by step, and validated again.
 *
 * @throws {ContractError} when it violates its schema, or its version is newer than this code
 */
export function readPayload<T extends EventType>(
  type: T,
  schemaVersion: number,
  payload: unknown,
): EventPayloads[T] {
  const current = currentVersion[type];
  if (schemaVersion > current) {
    throw new ContractError(`${type} version ${schemaVersion} is newer than ${current}`);
  }
  validate(type, schemaVersion, payload);
  if (schemaVersion === current) return payload as EventPayloads[T];
  const upcasted = upcast(type, schemaVersion, current, payload);
  validate(type, current, upcasted);
  return upcasted as EventPayloads[T];
}

export class ContractError extends Error {
  override name = 'ContractError';
}

function validate(type: EventType, version: number, payload: unknown): void {
  const check = validators.get(type)?.[version];
  if (check === undefined) throw new ContractError(`no schema for ${type} version ${version}`);
  if (check(payload)) return;
  const violations = (check.errors ?? []).map((e) => `${e.instancePath || '/'} ${e.message}`);
  throw new ContractError(`${type} version ${version}: ${violations.join('; ')}`);
}

/** One validator for each schema, by type and version. */
function compileSchemas(): Map<string, Record<number, ValidateFunction>> {
  const ajv = new Ajv({ allErrors: true });
  const byType = new Map<string, Record<number, ValidateFunction>>();
  for (const { type, version, schema } of eventSchemas) {
    byType.set(type, { ...byType.get(type), [version]: ajv.compile(schema) });
  }
  return byType;
}
