import type { z } from 'zod';
import { awsName } from '../aws-name.js';
import { awsValue } from './aws-value.js';
import { constraintsOf, modelOf, type FieldModel } from './field-model.js';
import { violation, validationError, type AwsError, type Path, type Problem } from './problem.js';
import { wrongType } from './wrong-type.js';

/** A value on the way of a path, and how AWS names the place. */
interface Spot {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
  readonly at: string;
}

/** A place in a request. Entries of lists and maps have no name: AWS refuses the parameter that has them. */
interface RequestPlace {
  readonly spot: Spot;
  readonly parameter: Spot;
}

export type Refusal = Pick<Problem, 'aws' | 'violations'>;

/** Says how AWS refuses a request for what is wrong at a path; nothing where AWS knows no parameter. */
export function frontDoor(schema: z.ZodType, input: unknown): (path: Path) => Refusal {
  const known = new Map<string, readonly string[]>();
  return (path) => {
    const place = placeOf({ schema, value: input, at: '' }, path);
    const model = place === undefined ? undefined : modelOf(place.spot.schema);
    if (place === undefined || model === undefined) return {};
    const { spot, parameter } = place;
    if (spot.value === undefined || spot.value === null) return violating([missing(spot.at)]);
    const mistyped = wrongType(spot.value, model);
    if (mistyped !== undefined) return { aws: serializationError(mistyped, spot.at) };
    const violations = known.get(parameter.at) ?? violationsOf(parameter);
    known.set(parameter.at, violations);
    return violating(violations);
  };
}

function violating(violations: readonly string[]): Refusal {
  return violations.length === 0 ? {} : { violations, aws: validationError(violations) };
}

function serializationError(message: string, at: string): AwsError {
  const where = at === '' ? '' : ` at '${at}'`;
  return { status: 400, code: 'SerializationException', message: `${message}${where}` };
}

function missing(at: string): string {
  return violation(null, at, 'Member must not be null');
}

function violationsOf({ schema, value, at }: Spot): readonly string[] {
  return constraintsOf(schema)
    .filter(({ holds }) => !holds(value as never))
    .map(({ text }) => violation(awsValue(value), at, text));
}

function placeOf(root: Spot, path: Path): RequestPlace | undefined {
  let place: RequestPlace = { spot: root, parameter: root };
  for (const step of path) {
    const around = modelOf(place.spot.schema);
    const spot = around === undefined ? undefined : inside(place.spot, around, step);
    if (around === undefined || spot === undefined) return undefined;
    place = { spot, parameter: around.kind === 'structure' ? spot : place.parameter };
  }
  return place;
}

function inside({ value, at }: Spot, model: FieldModel, step: string | number): Spot | undefined {
  const part = partOf(value, step);
  switch (model.kind) {
    case 'structure': {
      const schema = model.members[step];
      return schema && { schema, value: part, at: joined(at, awsName(String(step))) };
    }
    case 'list':
      return { schema: model.item, value: part, at: joined(at, `${Number(step) + 1}.member`) };
    case 'map':
      return { schema: model.value, value: part, at: joined(at, `${awsValue(step)}.member`) };
    case 'scalar':
    default:
      return undefined;
  }
}

function partOf(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Readonly<Record<string | number, unknown>>)[step];
}

function joined(at: string, step: string): string {
  return at === '' ? step : `${at}.${step}`;
}
