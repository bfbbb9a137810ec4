import { unreachable } from '../../platform/unreachable.js';
import { renderBatchTree } from './batch-tree-text.js';
import type { Colours } from '../console/colours.js';
import type { LifeStep, RecordLife } from './life.js';
import type { VerdictKind } from './verdict.js';
import type { LifeAnswer } from './why.js';
import { cut } from '../../journal/short-text.js';
import { duration, printable, timeOfDay } from '../wording.js';

const longestLogLine = 500;

/** An answer for a person, ready to print. */
export function renderAnswer(answer: LifeAnswer, colors: Colours): string {
  switch (answer.kind) {
    case 'life':
      return renderLives([answer.life, ...answer.others], colors);
    case 'ambiguous':
      return [
        `Several records ${answer.exact ? 'are called' : 'begin with'} "${answer.text}":`,
        ...answer.records.map((record) => `  ${record}`),
        ...(answer.more > 0 ? [`  and ${answer.more} more`] : []),
        answer.exact ? 'Give the shard as well, as it stands here.' : 'Give more of the id.',
      ].join('\n');
    case 'unknown':
      return unknownRecord(answer.text, colors);
    default:
      return unreachable(answer);
  }
}

function unknownRecord(text: string, colors: Colours): string {
  return [
    `${colors.yellow('No record')} "${text}" is in the journal.`,
    'Check that',
    '  - it is the id the source gave the record (for SQS the message id that `millrace send` prints; for streams the sequence number, shardId:sequenceNumber or eventID), not something in its body',
    '  - millrace was running on this state folder (--state) after the record was sent, and the mapping was polling then: see the status table',
    '  - a stream was read from there: with StartingPosition LATEST a new mapping sees only what is written later',
    '  - nobody else reads the queue: another consumer that receives a message gets it instead of millrace',
    '  - it was not so long ago that the journal has dropped its oldest file (journal.fileSizeMb, journal.files)',
  ].join('\n');
}

function renderLives(lives: readonly RecordLife[], colors: Colours): string {
  const texts = lives.map((life) => renderLife(life, colors));
  return texts.join('\n\n');
}

function renderLife(life: RecordLife, colors: Colours): string {
  const mappings = `${life.mappings.length === 1 ? 'mapping' : 'mappings'} ${life.mappings.join(', ')}`;
  const deltas = life.steps.map((step, index) => (index === 0 ? '' : `+${duration(step.sinceMs)}`));
  const width = Math.max(...deltas.map((delta) => delta.length));
  const indent = ' '.repeat('00:00:00.000Z'.length + width + 4);
  return [
    `record ${colors.bold(life.record)} (${mappings}${life.partition === undefined ? '' : `, ${life.partition}`})`,
    '',
    ...(life.beginningMissing ? [colors.dim('(what happened before is no longer in the journal)')] : []),
    ...life.steps.flatMap((step, index) => [
      `${colors.dim(timeOfDay(step.at))}  ${colors.dim((deltas[index] ?? '').padStart(width))}  ${stepColour(step, colors)}`,
      ...logLines(step, indent, colors),
    ]),
    '',
    ...(life.batches ?? []).flatMap((tree) => [
      'batches, with the number of their records:',
      ...renderBatchTree(tree, colors),
      '',
    ]),
    verdictColour(life.verdict.kind, colors)(`→ ${life.verdict.text}`),
  ].join('\n');
}

function logLines({ logs = [], logsLeftOut = 0 }: LifeStep, indent: string, colors: Colours): readonly string[] {
  const lines = logs.flatMap(({ level, message }) =>
    printable(message, colors.isColorSupported)
      .trimEnd()
      .split('\n')
      .map((line) => `${indent}${colors.dim('│')} ${level === 'info' ? '' : `${level}: `}${cut(line, longestLogLine)}`),
  );
  if (logsLeftOut > 0) lines.push(`${indent}${colors.dim(`│ … ${logsLeftOut} more`)}`);
  return lines;
}

function stepColour({ type, text }: LifeStep, colors: Colours): string {
  const safe = printable(text, false);
  if (type === 'failed' || type === 'discarded' || type === 'expired') return colors.red(safe);
  if (type === 'succeeded' || type === 'checkpointed') return colors.green(safe);
  return safe;
}

function verdictColour(kind: VerdictKind, colors: Colours): (text: string) => string {
  switch (kind) {
    case 'handled':
      return colors.green;
    case 'discarded':
    case 'overdue':
      return colors.red;
    case 'waiting':
      return colors.yellow;
    case 'filtered':
    case 'in-progress':
      return colors.cyan;
    default:
      return unreachable(kind);
  }
}
