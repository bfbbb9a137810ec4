import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Background, describeMachine, load } from './machine.mjs';
import { asMarkdown, asText, conditionsOf } from './report.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/** How much is measured: enough for the bars, or only enough to see that everything runs. */
const sizes = {
  full: {
    throughput: { messages: 20_000, slowMessages: 2_000, rounds: 5 },
    latency: { samples: 200 },
    start: { samples: 10 },
    idle: { mappings: 20, seconds: 60, settleSeconds: 240 },
    memory: { messages: 200_000 },
    filters: { passes: 7 },
    streams: { records: 100_000, slowRecords: 4_000, rounds: 5 },
    engine: { records: 2_000_000, backlog: 1_000_000, rounds: 5 },
    'control-plane': { mappings: 1_000, lists: 200, creations: 50 },
    builds: { messages: 20_000, records: 100_000, rounds: 9 },
  },
  quick: {
    throughput: { messages: 2_000, slowMessages: 200, rounds: 1 },
    latency: { samples: 20 },
    start: { samples: 2 },
    idle: { mappings: 20, seconds: 5, settleSeconds: 1 },
    memory: { messages: 5_000 },
    filters: { passes: 1 },
    streams: { records: 10_000, slowRecords: 400, rounds: 1 },
    engine: { records: 100_000, backlog: 100_000, rounds: 1 },
    'control-plane': { mappings: 100, lists: 10, creations: 3 },
    builds: { messages: 2_000, records: 10_000, rounds: 1 },
  },
};
const names = Object.keys(sizes.full);
/** Where a benchmark is; those that are not named are about SQS. */
const folders = {
  filters: 'filters',
  streams: 'streams',
  engine: 'engine',
  'control-plane': 'control-plane',
  builds: 'builds',
};

const usage = `node bench/run.mjs [options]

  --quick            small counts: shows that everything runs; the figures mean nothing
  --only <names>     some of ${names.join(',')}
  --cli <file>       another build of millrace (default: dist/cli/main.js)
  --base <file>      builds: the build to compare with; without it that benchmark is left out
  --profile <folder> throughput, streams, engine: write a CPU profile of each run of millrace there
  --patience <s>     throughput, streams, engine: wait so long before each run for other programs to leave the machine alone (default: 60)

Figures go to bench/results.json and bench/RESULTS.md, except with --quick. The exit code is 1 when a bar is missed.
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: names.join(',') },
    cli: { type: 'string', default: path.join(here, '../dist/cli/main.js') },
    base: { type: 'string' },
    profile: { type: 'string' },
    patience: { type: 'string', default: '60' },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) {
  console.log(usage);
} else {
  const wanted = options.only.split(',');
  const problem = problemOf(wanted);
  if (problem === undefined) process.exitCode = await run(wanted);
  else {
    console.error(problem);
    process.exitCode = 2;
  }
}

function problemOf(wanted) {
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) return `--only: there is no "${unknown}"; there are ${names.join(', ')}`;
  if (!existsSync(options.cli)) return `${options.cli} does not exist: run npm run build first`;
  if (
    ['throughput', 'filters', 'streams', 'builds'].some((name) => wanted.includes(name)) &&
    !existsSync(path.join(here, 'node_modules'))
  ) {
    return 'what millrace is measured against is not installed: run npm install in bench first';
  }
  return undefined;
}

async function run(wanted) {
  const size = options.quick ? sizes.quick : sizes.full;
  const common = { cli: path.resolve(options.cli), patience: Number(options.patience), note: console.error };
  const facts = { date: new Date().toISOString().slice(0, 10), machine: describeMachine(), load: [load()] };
  const sections = [];
  for (const name of measuredOf(wanted)) {
    const { [exportOf(name)]: measure } = await import(`./${folders[name] ?? 'sqs'}/${name}.mjs`);
    const background = new Background();
    const section = await measure({ ...common, ...size[name], profile: options.profile, base: options.base });
    sections.push({ ...section, background: background.percent() });
  }
  facts.load.push(load());
  console.log(asText(facts, sections));
  if (!options.quick) keep(wanted, sections, facts);
  return sections.every(({ bars }) => bars.every(({ passed }) => passed)) ? 0 : 1;
}

/** Without a build to compare with nothing is compared. */
function measuredOf(wanted) {
  return names.filter((name) => wanted.includes(name) && (name !== 'builds' || options.base !== undefined));
}

/** `control-plane` is measured by `controlPlane`. */
function exportOf(name) {
  return name.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());
}

/** Each section stays until it is measured again: not every change needs twenty minutes. */
function keep(wanted, sections, facts) {
  const file = path.join(here, 'results.json');
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const { date } = facts;
  const now = measuredOf(wanted).map((name, index) => [
    name,
    { ...sections[index], date, conditions: conditionsOf(facts) },
  ]);
  const all = { ...before, ...Object.fromEntries(now) };
  writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
  writeFileSync(
    path.join(here, 'RESULTS.md'),
    asMarkdown(names.filter((name) => all[name] !== undefined).map((name) => all[name])),
  );
}
