import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { main } from '../support/millrace-command.js';
import { patient, workbench } from '../support/workbench.js';

const europe = '{"region":[{"prefix":"eu-"}]}';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const numbered = (nr: number): string =>
  JSON.stringify({ region: nr % 2 === 0 ? 'eu-1' : 'us-1', nr, pad: 'ä'.repeat(60) });
const sqsRecord = (body: string): string => JSON.stringify({ messageId: '1', body, eventSource: 'aws:sqs' });
const kinesisRecord = (data: string): string =>
  JSON.stringify({ kinesis: { partitionKey: 'p', data: base64(data) }, eventSource: 'aws:kinesis' });

interface Answer {
  readonly code: number | null;
  /** With every byte: `MillraceCommand` reads lines, and takes those that are JSON for entries of the journal. */
  readonly stdout: string;
  readonly stderr: string;
}

interface MatchOptions {
  readonly cwd?: string;
  /** As `head` does when it has seen enough. */
  readonly stopReading?: boolean;
}

/** `millrace match <words>` with this on its standard input. */
async function match(words: readonly string[], input: string, options: MatchOptions = {}): Promise<Answer> {
  const { cwd, stopReading = false } = options;
  const env = { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'] };
  const child = spawn(process.execPath, [main, 'match', ...words], { cwd, env, timeout: patient.timeout });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    if (stopReading) child.stdout.destroy();
  });
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // It may be gone before it has read everything.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

describe.concurrent('millrace match', patient, () => {
  it('prints the lines that match and ends with 0', async () => {
    const input = '{"region":"eu-1"}\n{"region":"us-1"}\n{"region":["us-1","eu-2"]}\n';

    expect(await match(['--pattern', europe], input)).toEqual({
      code: 0,
      stdout: '{"region":"eu-1"}\n{"region":["us-1","eu-2"]}\n',
      stderr: '',
    });
  });

  it('ends with 1 when no line matches, and when there is none', async () => {
    const nothing = { code: 1, stdout: '', stderr: '' };

    expect(await match(['--pattern', europe], '{"region":"us-1"}\n[]\n7\n"eu-1"\n')).toEqual(nothing);
    expect(await match(['--pattern', europe], '')).toEqual(nothing);
    expect(await match(['--pattern', europe], '\n \n\n')).toEqual(nothing);
  });

  it('ends with 2 for a pattern that AWS refuses, and points at it', async () => {
    expect(await match(['--pattern', '{"region":[{"prefix":7}]}'], '{"region":"eu-1"}\n')).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        'millrace: --pattern is not a valid filter pattern: prefix match pattern must be a string',
        '  {"region":[{"prefix":7}]}',
        '                       ^',
        '',
      ].join('\n'),
    });
  });

  it('ends with 2 without a pattern', async () => {
    const { code, stderr } = await match([], '{}\n');

    expect(code).toBe(2);
    expect(stderr).toContain("required option '--pattern <json>' not specified");
  });

  it.for([
    { what: 'blanks, repeated keys and odd numbers', input: ' { "region" :\t"eu-1", "n":1.0, "n":1E2 } \n' },
    { what: 'escapes', input: String.raw`{"region":"eu-1","name":"\u00e9\/\ud83d\ude00\u2028"}` + '\n' },
    { what: 'U+2028, U+2029 and U+0085', input: '{"region":"eu-1","name":"a\u2028b\u2029c\u0085d"}\n' },
    { what: 'characters of every plane', input: '{"region":"eu-1","name":"ä ß € 你好 👩‍👩‍👧 \u{10FFFF}"}\n' },
    { what: 'line ends of Windows', input: '{"region":"eu-1"}\r\n{"region":"eu-2"}\r\n' },
  ])('prints matching lines byte for byte: $what', async ({ input }) => {
    expect(await match(['--pattern', europe], input)).toEqual({ code: 0, stdout: input, stderr: '' });
  });

  it('reads a last line without a line end', async () => {
    const { code, stdout } = await match(['--pattern', europe], '{"region":"us-1"}\n{"region":"eu-1"}');

    expect(code).toBe(0);
    expect(stdout.trimEnd()).toBe('{"region":"eu-1"}');
  });

  it('says with --explain why the other lines do not match, on standard error and with their numbers', async () => {
    const input = '{"region":"us-1"}\n{"region":"eu-1"}\n\n{}\n[1]\n';

    expect(await match(['--pattern', europe, '--explain'], input)).toEqual({
      code: 0,
      stdout: '{"region":"eu-1"}\n',
      stderr: [
        'line 1: region is "us-1" and the pattern wants prefix "eu-"',
        'line 4: region is missing and the pattern wants prefix "eu-"',
        'line 5: the record is not a JSON object',
        '',
      ].join('\n'),
    });
  });

  it.for([{ options: [] }, { options: ['--explain'] }, { options: ['--source', 'sqs'] }])(
    'tells lines that are not JSON, and goes on, with $options',
    async ({ options }: { readonly options: readonly string[] }) => {
      const words = ['--pattern', '{"messageId":[{"exists":true}]}', ...options];
      const input = '{"messageId":"1"}\nplain text\n{"messageId":"2"\n{"messageId":"3"}\n';
      const { code, stdout, stderr } = await match(words, input);

      expect(code).toBe(0);
      expect(stdout).toBe('{"messageId":"1"}\n{"messageId":"3"}\n');
      expect(stderr.trimEnd().split('\n')).toEqual([
        expect.stringMatching(/^line 2: not JSON, so it does not match \(/),
        expect.stringMatching(/^line 3: not JSON, so it does not match \(/),
      ]);
    },
  );

  it('prints lines that any of several patterns matches, once each', async () => {
    const words = ['--pattern', europe, '--pattern', '{"priority":[{"numeric":[">=",9]}]}', '--explain'];
    const keeps = ['{"region":"eu-1"}', '{"region":"us-1","priority":9}', '{"region":"eu-1","priority":9}'];
    const { code, stdout, stderr } = await match(words, ['{"region":"us-1"}', ...keeps].join('\n'));

    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual(keeps);
    expect(stderr).toBe(
      'line 1: region is "us-1" and the pattern wants prefix "eu-"; priority is missing and the pattern wants numeric [">=",9]\n',
    );
  });

  it.for([
    { what: 'plain objects', options: [], line: (id: string) => `{"body":{"id":${id}}}` },
    { what: 'the body of a record', options: ['--source', 'sqs'], line: (id: string) => sqsRecord(`{"id":${id}}`) },
    { what: 'the rest of a record', options: ['--source', 'kafka'], line: (id: string) => `{"body":{"id":${id}}}` },
  ])('compares integers beyond 2^53 digit by digit, and says so: $what', async ({ options, line }) => {
    const words = ['--pattern', '{"body":{"id":[9007199254740992]}}', '--explain', ...options];
    const [same, other] = [line('9007199254740992'), line('9007199254740993')];

    expect(await match(words, `${other}\n${same}\n`)).toEqual({
      code: 0,
      stdout: `${same}\n`,
      stderr: 'line 1: body.id is 9007199254740993 and the pattern wants 9007199254740992\n',
    });
  });

  it('copes with many lines', async () => {
    const all = Array.from({ length: 50_000 }, (_, nr) => `${numbered(nr)}\n`);
    const { code, stdout, stderr } = await match(['--pattern', europe], all.join(''));

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // Not toBe: nobody wants to see the difference of 5 MB.
    expect(stdout === all.filter((_, nr) => nr % 2 === 0).join('')).toBe(true);
  });

  it('ends with 0 and without a word when nobody reads on', async () => {
    const input = '{"region":"eu-1"}\n'.repeat(200_000);
    const { code, stdout, stderr } = await match(['--pattern', europe], input, { stopReading: true });

    expect(stdout.startsWith('{"region":"eu-1"}\n')).toBe(true);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe.concurrent('millrace match --source', patient, () => {
  const words = ['--pattern', '{"body":{"region":[{"prefix":"eu-"}]}}', '--explain', '--source', 'sqs'];

  it('lines that are no objects do not match', async () => {
    const absent = ['--pattern', '{"x":[{"exists":false}]}', '--source', 'sqs'];
    expect(await match(absent, '5\nnull\n"x"\n')).toEqual({ code: 1, stdout: '', stderr: '' });
  });

  it('sqs: lines are records of SQS, of which body may be JSON', async () => {
    const [kept, dropped, text] = [sqsRecord(' {"region":"eu-1"}'), sqsRecord('{"region":"us-1"}'), sqsRecord('eu-1')];

    expect(await match(words, `${kept}\n${dropped}\n${text}\n`)).toEqual({
      code: 0,
      stdout: `${kept}\n`,
      stderr: [
        'line 2: body.region is "us-1" and the pattern wants prefix "eu-"',
        'line 3: body is not a JSON object and the pattern wants fields of it',
        '',
      ].join('\n'),
    });
  });

  it('kinesis: lines are records of Kinesis, of which data is base64 and may be JSON', async () => {
    const [kept, dropped, text] = [
      kinesisRecord('{"city":"Köln"}'),
      kinesisRecord('{"city":"Bonn"}'),
      kinesisRecord('Köln'),
    ];
    const pattern = '{"partitionKey":["p"],"data":{"city":[{"prefix":"Kö"}]}}';

    expect(
      await match(['--pattern', pattern, '--explain', '--source=kinesis'], `${kept}\n${dropped}\n${text}`),
    ).toEqual({
      code: 0,
      stdout: `${kept}\n`,
      stderr: [
        'line 2: data.city is "Bonn" and the pattern wants prefix "Kö"',
        'line 3: data is not a JSON object and the pattern wants fields of it',
        '',
      ].join('\n'),
    });
  });

  it('of another name ends with 2 and lists those that there are', async () => {
    const { code, stdout, stderr } = await match(['--pattern', europe, '--source', 'nonsense'], '{"region":"eu-1"}\n');

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("option '--source <kind>' argument 'nonsense' is invalid");
    for (const source of ['sqs', 'kinesis', 'dynamodb', 'kafka', 'activemq', 'rabbitmq']) {
      expect(stderr).toContain(source);
    }
  });
});

describe.concurrent('millrace match --pattern @file', patient, () => {
  const input = '{"region":"eu-1"}\n{"region":"us-1"}\n';

  it('reads the pattern from the file', async (test) => {
    const project = await workbench(test).project({ mappings: [] });
    await project.write('patterns/europe.json', '{\n  "region": [{ "prefix": "eu-" }]\n}\n');

    expect(await match(['--pattern', '@patterns/europe.json'], input, { cwd: project.folder })).toEqual({
      code: 0,
      stdout: '{"region":"eu-1"}\n',
      stderr: '',
    });
  });

  it('says file, line and column of what AWS refuses, and points at it, also behind tabs', async (test) => {
    const project = await workbench(test).project({ mappings: [] });
    await project.write('wrong.json', '{\n\t"region": [{ "prefix": 7 }]\n}\n');

    expect(await match(['--pattern', '@wrong.json'], input, { cwd: project.folder })).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        'millrace: wrong.json:2:25 is not a valid filter pattern: prefix match pattern must be a string',
        '  \t"region": [{ "prefix": 7 }]',
        `  \t${' '.repeat('"region": [{ "prefix": '.length)}^`,
        '',
      ].join('\n'),
    });
  });

  it('says file, line and column of what is not JSON', async (test) => {
    const project = await workbench(test).project({ mappings: [] });
    await project.write('broken.json', '{\n  "region": ["eu-1"\n}\n');
    const { code, stderr } = await match(['--pattern', '@broken.json'], input, { cwd: project.folder });

    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^millrace: broken\.json:3:1 is not a valid filter pattern: Not JSON: .*\n {2}\}\n {2}\^\n$/,
    );
  });

  it('ends with 2 when the file cannot be read', async (test) => {
    const project = await workbench(test).project({ mappings: [] });
    const { code, stdout, stderr } = await match(['--pattern', '@missing.json'], input, { cwd: project.folder });

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^millrace: --pattern @missing\.json: cannot be read \(ENOENT: .*\)\n$/);
  });
});
