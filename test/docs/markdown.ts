import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A Markdown file as the tests of the documentation look at it. */
export interface Page {
  readonly file: string;
  readonly text: string;
  readonly headings: readonly string[];
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly language: string;
  readonly code: string;
  /** The text of the HTML comment right before the block, which says where the code comes from. */
  readonly comment: string | undefined;
}

const fence = /(?:^<!-- (?<comment>.*) -->\n\n)?^```(?<language>\w*)\n(?<code>[\s\S]*?)^```$/gm;

export function readPage(file: string): Page {
  const text = readFileSync(file, 'utf8');
  const blocks = [...text.matchAll(fence)].map(({ groups }) => ({
    language: groups?.['language'] ?? '',
    code: groups?.['code'] ?? '',
    comment: groups?.['comment'],
  }));
  const prose = text.replaceAll(fence, '');
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return { file, text, headings, blocks };
}

/** What a block shows of a file: its pieces between lines that are nothing but `// …`. */
export function partsOf(code: string): readonly string[] {
  return code.split(/^ *\/\/ …\n/m);
}

/** The rows of the table after the comment `<!-- table: name -->`, as cells without code marks. */
export function tableOf({ text, file }: Page, name: string): readonly (readonly string[])[] {
  const after = text.split(`<!-- table: ${name} -->\n\n`)[1];
  if (after === undefined) throw new Error(`${file} has no table ${name}`);
  return rowsOf(after.split('\n\n')[0] ?? '');
}

/** The rows of the first table below a heading. */
export function tableBelow({ text, file }: Page, heading: string): readonly (readonly string[])[] {
  const after = text.split(new RegExp(`^#+ ${heading}$`, 'm'))[1];
  const table = after?.split('\n\n').find((part) => part.startsWith('|'));
  if (table === undefined) throw new Error(`${file} has no table below ${heading}`);
  return rowsOf(table);
}

function rowsOf(table: string): readonly (readonly string[])[] {
  const lines = table.trimEnd().split('\n').slice(2);
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

/** The relative links of a page that lead nowhere: no such file, or no such heading in it. */
export function brokenLinks(page: Page): readonly string[] {
  const links = [...page.text.matchAll(/\]\((?<target>[^)\s]+)\)/g)].map(({ groups }) => groups?.['target'] ?? '');
  return links.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target));
}

function leadsSomewhere(page: Page, target: string): boolean {
  const [relative = '', anchor] = target.split('#');
  const file = relative === '' ? page.file : path.join(path.dirname(page.file), relative);
  if (!existsSync(file)) return false;
  return anchor === undefined || readPage(file).headings.map(anchorOf).includes(anchor);
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
