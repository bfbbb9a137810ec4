import { describe, expect, it } from 'vitest';
import { metricsRoutes, metricsText } from '../../src/api/metrics.js';

const metrics = { PolledEventCount: 3, FilteredOutEventCount: 1, InvokedEventCount: 4, FailedInvokeEventCount: 2 };

describe('GET /metrics', () => {
  it('has the counters by the names of AWS, as Prometheus reads them', async () => {
    const queue = { name: 'orders', uuid: 'u-1', metrics: { ...metrics, DeletedEventCount: 2 } };
    const answer = await metricsRoutes(() => [queue]).request('/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await answer.text()).split('\n');
    expect(lines.filter((line) => !line.startsWith('#'))).toEqual([
      'PolledEventCount{mapping="orders",EventSourceMappingUUID="u-1"} 3',
      'FilteredOutEventCount{mapping="orders",EventSourceMappingUUID="u-1"} 1',
      'InvokedEventCount{mapping="orders",EventSourceMappingUUID="u-1"} 4',
      'FailedInvokeEventCount{mapping="orders",EventSourceMappingUUID="u-1"} 2',
      'DeletedEventCount{mapping="orders",EventSourceMappingUUID="u-1"} 2',
      '',
    ]);
    expect(lines.slice(0, 2)).toEqual([
      '# HELP PolledEventCount Records that were read.',
      '# TYPE PolledEventCount counter',
    ]);
  });

  it('has the age of the iterator of streams, and says nothing of what a source does not have', () => {
    const text = metricsText([{ name: 'clicks', uuid: 'u-2', metrics, iteratorAgeMs: 120 }]);
    expect(text).toContain(
      '# TYPE IteratorAge gauge\nIteratorAge{mapping="clicks",EventSourceMappingUUID="u-2"} 120\n',
    );
    expect(text).not.toContain('DeletedEventCount');
  });

  it('is empty without mappings that ask for it', () => {
    expect(metricsText([])).toBe('');
  });

  it('escapes names', () => {
    expect(metricsText([{ name: 'a"b\\c\nd', uuid: 'u', metrics }])).toContain('mapping="a\\"b\\\\c\\nd"');
  });
});
