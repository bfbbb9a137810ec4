import { z } from 'zod';
import type { Constraint } from './constraint.js';

/** Types of the service model whose values have no parts. */
export type ScalarType = 'String' | 'Integer' | 'Boolean' | 'Timestamp';

/** What the service model says of a field: its schema alone does not know how AWS would refuse a value. */
export type FieldModel =
  | { readonly kind: 'scalar'; readonly type: ScalarType; readonly constraints: readonly Constraint<never>[] }
  | { readonly kind: 'list'; readonly item: z.ZodType; readonly constraints: readonly Constraint<never>[] }
  | { readonly kind: 'map'; readonly value: z.ZodType; readonly constraints: readonly Constraint<never>[] }
  | { readonly kind: 'structure'; readonly members: z.core.$ZodShape };

const models = new WeakMap<z.core.$ZodType, FieldModel>();

export function withModel<Schema extends z.ZodType>(schema: Schema, model: FieldModel): Schema {
  models.set(schema, model);
  return schema;
}

/** Undefined: AWS knows nothing of such a field. */
export function modelOf(schema: z.core.$ZodType): FieldModel | undefined {
  return models.get(schema instanceof z.ZodOptional ? schema.unwrap() : schema);
}

/** What is asked of a value by itself. The members of a structure have constraints of their own. */
export function constraintsOf(schema: z.core.$ZodType): readonly Constraint<never>[] {
  const model = modelOf(schema);
  return model === undefined || model.kind === 'structure' ? [] : model.constraints;
}
