import {
  CreateEventSourceMappingRequest$,
  TagResourceRequest$,
  UpdateEventSourceMappingRequest$,
} from '@aws-sdk/client-lambda';
import * as sdk from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as enumerations from '../../../src/mappings/schema/enumerations.js';
import { modelOf } from '../../../src/mappings/schema/field-model.js';
import { fixedParameters, startingPositions } from '../../../src/mappings/schema/parameters.js';
import { mappingSchema, tagsSchema, updateSchema } from '../../../src/mappings/schema/request-schema.js';

/** Every place of a schema of ours: `FilterCriteria.Filters.*.Pattern: String`. */
function places(schema: z.core.$ZodType, at = ''): readonly string[] {
  const model = modelOf(schema);
  switch (model?.kind) {
    case 'structure':
      return Object.entries(model.members).flatMap(([name, member]) =>
        places(member, at === '' ? name : `${at}.${name}`),
      );
    case 'list':
      return places(model.item, `${at}.*`);
    case 'map':
      return places(model.value, `${at}.*`);
    case 'scalar':
      return [`${at}: ${model.type}`];
    case undefined:
    default:
      return [`${at}: unknown`];
  }
}

/** A shape of the SDK: a number for a simple type, or a list that begins with its kind and ends with its parts. */
type Shape = number | (() => Shape) | readonly unknown[];

const simple = new Map([
  [0, 'String'],
  [1, 'Integer'],
  [2, 'Boolean'],
  [4, 'Timestamp'],
]);
const flags = { list: 64, map: 128 };
const kinds = { list: 1, map: 2, structure: 3 };

/** The same of a shape of the SDK. */
function sdkPlaces(shape: Shape, at = ''): readonly string[] {
  if (typeof shape === 'function') return sdkPlaces(shape(), at);
  if (typeof shape === 'number') {
    const flag = Object.values(flags).find((each) => shape >= each && shape < each * 2);
    return flag === undefined ? [`${at}: ${simple.get(shape)}`] : sdkPlaces(shape - flag, `${at}.*`);
  }
  if (shape[0] !== kinds.structure) return sdkPlaces(shape.at(shape[0] === kinds.map ? 5 : 4) as Shape, `${at}.*`);
  const [names, parts] = [shape[4] as readonly string[], shape[5] as readonly Shape[]];
  return names.flatMap((name, index) => sdkPlaces(traitless(parts[index] ?? 0), at === '' ? name : `${at}.${name}`));
}

/** A part that has a place of its own in the HTTP request stands in a list with it. */
function traitless(part: Shape): Shape {
  return Array.isArray(part) && typeof part[1] !== 'string' ? (part[0] as Shape) : part;
}

const sorted = (texts: readonly string[]): readonly string[] => texts.toSorted();

describe('the requests of the newest SDK', () => {
  it('have no parameter for a new mapping that is not known here, nor the other way round', () => {
    expect(sorted(places(mappingSchema))).toEqual(sorted(sdkPlaces(CreateEventSourceMappingRequest$ as Shape)));
  });

  it('have none for an update, either', () => {
    const inBody = sdkPlaces(UpdateEventSourceMappingRequest$ as Shape).filter((place) => !place.startsWith('UUID:'));
    expect(sorted(places(updateSchema))).toEqual(sorted(inBody));
  });

  it('keep what is fixed out of updates', () => {
    const inUpdates = places(updateSchema).map((place) => place.split(/[.:]/)[0]);
    expect(fixedParameters.filter((name) => inUpdates.includes(name))).toEqual([]);
  });

  it('tag with a map', () => {
    const inBody = sdkPlaces(TagResourceRequest$ as Shape).filter((place) => !place.startsWith('Resource:'));
    expect(places(tagsSchema)).toEqual(inBody);
  });
});

describe('the values of the newest SDK', () => {
  const { sourceAccessTypes, registryAccessTypes, metricGroups, systemLogLevels, ...others } = enumerations;
  it.each([
    { ours: startingPositions, theirs: sdk.EventSourcePosition },
    { ours: sourceAccessTypes, theirs: sdk.SourceAccessType },
    { ours: registryAccessTypes, theirs: sdk.KafkaSchemaRegistryAuthType },
    { ours: metricGroups, theirs: sdk.EventSourceMappingMetric },
    { ours: systemLogLevels, theirs: sdk.EventSourceMappingSystemLogLevel },
    { ours: others.recordFormats, theirs: sdk.SchemaRegistryEventRecordFormat },
    { ours: others.validationAttributes, theirs: sdk.KafkaSchemaValidationAttribute },
    { ours: others.consumptionModes, theirs: sdk.KafkaEventSourceMappingConsumptionMode },
    { ours: others.fullDocuments, theirs: sdk.FullDocument },
    { ours: others.endpointTypes, theirs: sdk.EndPointType },
  ])('are those of $ours', ({ ours, theirs }) => {
    expect(sorted(ours)).toEqual(sorted(Object.values(theirs)));
  });
});
