import { Hono } from 'hono';
import type { MappingStatus } from '../readers/status/mapping-status.js';

type Measured = Pick<MappingStatus, 'name' | 'uuid' | 'metrics' | 'iteratorAgeMs'>;

/** Mappings with what they have counted, those whose `MetricsConfig` asks for it. */
type Measurements = () => readonly Measured[];

const help: Readonly<Record<keyof Measured['metrics'], string>> = {
  PolledEventCount: 'Records that were read.',
  FilteredOutEventCount: 'Records that the filter removed.',
  InvokedEventCount: 'Records that were handed to the function; each try counts.',
  FailedInvokeEventCount: 'Records on which the function failed; each failure counts.',
  DroppedEventCount: 'Records that were given up and of which no destination knows.',
  OnFailureDestinationDeliveredEventCount: 'Records that were given up and reported to the on-failure destination.',
  DeletedEventCount: 'Records that were deleted because they were handled.',
};

/** `GET /metrics`: Prometheus text with the names that AWS gives these metrics. */
export function metricsRoutes(measurements: Measurements): Hono {
  const routes = new Hono();
  routes.get('/metrics', (c) => {
    c.header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    return c.body(metricsText(measurements()));
  });
  return routes;
}

/** The text of an answer. Counters begin at the start of the runtime. */
export function metricsText(mappings: readonly Measured[]): string {
  const names = Object.keys(help) as (keyof typeof help)[];
  const counters = names.map((name) =>
    family(
      name,
      'counter',
      help[name],
      mappings.map((mapping) => [mapping, mapping.metrics[name]]),
    ),
  );
  const ages = mappings.map((mapping) => [mapping, mapping.iteratorAgeMs] as const);
  const age = family(
    'IteratorAge',
    'gauge',
    'Milliseconds that the last record of a batch had been in the stream.',
    ages,
  );
  return [...counters, age].join('');
}

function family(
  name: string,
  type: 'counter' | 'gauge',
  text: string,
  values: readonly (readonly [Measured, number | undefined])[],
): string {
  const lines = values.flatMap(([mapping, value]) =>
    value === undefined ? [] : [`${name}${labels(mapping)} ${value}\n`],
  );
  return lines.length === 0 ? '' : `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labels({ name, uuid }: Measured): string {
  return `{mapping="${escaped(name)}",EventSourceMappingUUID="${escaped(uuid)}"}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
