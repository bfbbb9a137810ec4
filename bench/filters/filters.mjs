import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { bar, median } from '../figures.mjs';
import { counts, patterns, records } from './records.mjs';

const warmUps = 5;

/** Records a second that are parsed and matched against five patterns, one after the other until one matches, on one core. */
export async function filters({ cli, passes, note }) {
  const texts = records();
  const contestants = [parseOnly(), await millrace(cli), offlineEventBridge()];
  const rates = contestants.map(() => []);
  for (let pass = -warmUps; pass < passes; pass++) {
    for (const [index, { run }] of contestants.entries()) {
      const startedAt = performance.now();
      run(texts);
      if (pass >= 0) rates[index].push((texts.length * 1_000) / (performance.now() - startedAt));
    }
    note(`filters: pass ${pass + 1} of ${passes}`);
  }
  return report(contestants, rates.map(median), texts);
}

function parseOnly() {
  let seen = 0;
  return {
    name: 'JSON.parse alone',
    run: (texts) => {
      for (const text of texts) seen += JSON.parse(text).messageId.length;
    },
  };
}

async function millrace(cli) {
  const module = path.join(path.dirname(cli), '../filters/compile-pattern.js');
  const { compilePattern } = await import(pathToFileURL(module).href);
  const compiled = patterns.map(compilePattern);
  return {
    name: 'millrace',
    run: (texts) => {
      let matched = 0;
      for (const text of texts) {
        const record = JSON.parse(text);
        if (compiled.some((pattern) => pattern.matches(record))) matched++;
      }
      return matched;
    },
    each: (texts) => compiled.map((pattern) => texts.filter((text) => pattern.matchesJson(text)).length),
  };
}

/** The package that passes most of the vectors. It knows `detail` where SQS records have `body`, and gets it so. */
function offlineEventBridge() {
  const require = createRequire(import.meta.url);
  const { matchesPattern } = require('@coorpacademy/serverless-offline-eventbridge/src/eventbridge.js');
  const parsed = patterns.map((text) => JSON.parse(text.replaceAll('"body"', '"detail"')));
  return {
    name: '@coorpacademy/serverless-offline-eventbridge',
    run: (texts) => texts.filter((text) => matchesAny(asDetail(text))).length,
    each: (texts) => parsed.map((pattern) => texts.filter((text) => matchesPattern(pattern, asDetail(text))).length),
  };

  function matchesAny(record) {
    return parsed.some((pattern) => matchesPattern(pattern, record));
  }
}

function report(contestants, rates, texts) {
  const [parse, own] = rates;
  const rows = contestants.map(({ name, run, each }, index) => {
    const found = each === undefined ? undefined : { each: each(texts), any: run(texts) };
    return [
      name,
      Math.round(rates[index]),
      found === undefined ? '' : `${found.each.join(', ')}; ${found.any}`,
      found === undefined ? '' : isRight(found) ? 'yes' : 'no',
    ];
  });
  const right = rows[1][3] === 'yes' ? own / parse : Number.NaN; // a rate counts only with the right matches
  return {
    title: 'Filters',
    about: [
      `10,000 records of 907 characters, parsed and matched against 5 patterns; ${rates.length} contestants in turns on one core, median of the passes after ${warmUps} to warm up. What is right: ${counts.each.join(', ')} matches of each pattern, ${counts.any} of any.`,
      'Other packages that match such patterns need a whole plug-in around them, and get more of the shared test vectors wrong (serverless-offline-aws-eventbridge, serverless-aws-lambda).',
    ],
    columns: ['who', 'records/s', 'matches of each; of any', 'right'],
    rows,
    bars: [bar('filters, millrace / JSON.parse alone', right, (value) => value >= 1 / 3, '≥ 0.33', 2)],
  };
}

function isRight({ each, any }) {
  return any === counts.any && each.every((count, index) => count === counts.each[index]);
}

function asDetail(text) {
  const { body, ...others } = JSON.parse(text);
  return { ...others, detail: body };
}
