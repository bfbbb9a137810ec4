import { closest } from '../mappings/schema/fields.js';
import { type Parsed, type Problem } from '../mappings/schema/problem.js';
import {
  exampleForm,
  formOf,
  isPolled,
  namesOwnSource,
  parseSourceArn,
  unsupportedText,
} from '../mappings/source-arn.js';
import { knownSources } from '../sources/registry.js';
import { services, type Service } from '../contracts/services.js';
import { embeddable, type Endpoint, type Endpoints } from './configuration.js';

const keys: readonly string[] = ['aws', ...services];
const builtIn = knownSources(new Map());

/** Reads `endpoints`; `aws` is applied to every service that has no address of its own. */
export function parseEndpoints(given: Readonly<Record<string, unknown>>): Parsed<Endpoints> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  const problems = entries.flatMap(([key, value]) => endpointProblem(key, value));
  if (problems.length > 0) return { ok: false, problems };
  const byKey = new Map(entries.map(([key, value]) => [key, String(value)]));
  const aws = byKey.get('aws');
  const byService: Partial<Record<Service, Endpoint>> = {};
  for (const service of services) {
    const address = byKey.get(service) ?? aws;
    if (address !== undefined) byService[service] = endpoint(address);
  }
  const byArn = Object.fromEntries([...byKey].filter(([key]) => key.startsWith('arn:')));
  return { ok: true, value: { byService, byArn, ...(aws === undefined ? {} : { aws }) } };
}

/** The ARNs under which the address of a source may be given, the closest first: its own, and that of its stream or table. */
export function addressedBy(arn: string): readonly string[] {
  const outer = arn.replace(/\/(?:consumer|stream)\/[^/]+$/, '');
  return outer === arn ? [arn] : [arn, outer];
}

function endpoint(address: string): Endpoint {
  return address === 'embedded' ? { kind: 'embedded' } : { kind: 'url', url: address };
}

function endpointProblem(key: string, value: unknown): readonly Problem[] {
  const path = ['endpoints', key];
  if (key.startsWith('arn:')) {
    const message = arnProblem(key);
    if (message !== undefined) return [{ path, message, about: 'key' }];
  } else if (!keys.includes(key)) {
    return [{ path, message: unknownService(key), about: 'key' }];
  }
  const message = addressProblem(key, value);
  return message === undefined ? [] : [{ path, message, got: { value } }];
}

function unknownService(key: string): string {
  const meant = closest(key, keys);
  const hint = meant === undefined ? `known are ${keys.join(', ')}, and the ARN of a source` : `did you mean ${meant}?`;
  return `is not a known service; ${hint}`;
}

function arnProblem(arn: string): string | undefined {
  if (namesOwnSource(arn)) return 'cannot be used: a source of this configuration knows its own address';
  const found = parseSourceArn(arn, builtIn);
  if (found.kind === 'unrecognized' || found.kind === 'unknown') {
    return `is not the ARN of an event source, such as ${exampleForm(builtIn)}`;
  }
  const kind = found.kind === 'source' ? found.source.kind : found.of;
  if (!isPolled(kind, builtIn)) return unsupportedText(kind, builtIn);
  return found.kind === 'source' ? undefined : `must have the form ${formOf(kind, builtIn)}`;
}

function addressProblem(key: string, value: unknown): string | undefined {
  const mayEmbed = embeddable.some((service) => service === key);
  if (value === 'embedded' && mayEmbed) return undefined;
  if (value === 'embedded' && key !== 'aws' && !key.startsWith('arn:')) {
    return `cannot be embedded in this version of millrace (${embeddable.join(', ')} can); give a URL`;
  }
  if (typeof value === 'string' && isHttpUrl(value)) return undefined;
  return `must be a URL such as http://localhost:4566${mayEmbed ? ', or embedded' : ''}`;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
