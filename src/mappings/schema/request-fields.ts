import type { z } from 'zod';
import { modelOf, type FieldModel } from './field-model.js';

/** Deeper than any parameter stands: what is there is read by nobody. */
const deepest = 10;

/**
 * The body of a request as Lambda reads it: null means absent, at every depth, and so does no body at all. With a schema
 * what it does not know is left out as well.
 */
export function requestFields(body: unknown, schema?: z.ZodType): unknown {
  return read(body ?? {}, schema, 0);
}

function read(value: unknown, schema: z.core.$ZodType | undefined, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > deepest) return value;
  const model = schema === undefined ? undefined : modelOf(schema);
  if (Array.isArray(value)) {
    const item = model?.kind === 'list' ? model.item : undefined;
    return value.filter((entry) => entry !== null).map((entry) => read(entry, item, depth + 1));
  }
  const given = partsOf(value, model).filter(([, part]) => part !== null);
  return Object.fromEntries(given.map(([name, part]) => [name, read(part, partSchema(name, model), depth + 1)]));
}

/** Looks for what is known, so that unknown fields cost nothing however many they are. */
function partsOf(value: object, model: FieldModel | undefined): readonly (readonly [string, unknown])[] {
  if (model?.kind !== 'structure') return Object.entries(value);
  const names = Object.keys(model.members).filter((name) => Object.hasOwn(value, name));
  return names.map((name) => [name, (value as Readonly<Record<string, unknown>>)[name]]);
}

function partSchema(name: string, model: FieldModel | undefined): z.core.$ZodType | undefined {
  if (model?.kind === 'structure') return model.members[name];
  return model?.kind === 'map' ? model.value : undefined;
}
