import { unreachable } from '../../platform/unreachable.js';
import type { FieldModel, ScalarType } from './field-model.js';
import { timestampMs } from '../timestamp.js';

const list = 'Start of list found where not expected';
const structure = 'Start of structure or map found where not expected';

/** How AWS refuses a JSON value of another type than the model has there. Undefined: it has that type. */
export function wrongType(value: unknown, model: FieldModel): string | undefined {
  switch (model.kind) {
    case 'scalar':
      return isOfType(value, model.type) ? undefined : (start(value) ?? unconvertible(value, model.type));
    case 'list':
      return Array.isArray(value) ? undefined : (start(value) ?? 'Expected list or null');
    case 'map':
      return start(value) === structure ? undefined : (start(value) ?? 'Expected map or null');
    case 'structure':
      return start(value) === structure ? undefined : (start(value) ?? 'Expected null');
    default:
      return unreachable(model);
  }
}

/** What begins here, if the value has parts. */
function start(value: unknown): typeof list | typeof structure | undefined {
  if (Array.isArray(value)) return list;
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value) ? undefined : structure;
}

const largestInteger = 2 ** 31 - 1;

function isOfType(value: unknown, type: ScalarType): boolean {
  switch (type) {
    case 'String':
      return typeof value === 'string';
    case 'Integer':
      return Number.isInteger(value) && Math.abs(Number(value)) <= largestInteger;
    case 'Boolean':
      return typeof value === 'boolean';
    case 'Timestamp':
      return isTime(value) && timestampMs(value) !== undefined;
    default:
      return unreachable(type);
  }
}

function isTime(value: unknown): value is string | number | Date {
  return typeof value === 'string' || typeof value === 'number' || value instanceof Date;
}

const targets: Readonly<Record<ScalarType, string>> = {
  String: 'a String',
  Integer: 'an Integer',
  Boolean: 'a Boolean',
  Timestamp: 'milliseconds since epoch',
};

function unconvertible(value: unknown, type: ScalarType): string {
  return `${token(value)} can not be converted to ${targets[type]}`;
}

function token(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return Number.isFinite(value) && !Number.isInteger(value) ? 'DECIMAL_VALUE' : 'NUMBER_VALUE';
}
