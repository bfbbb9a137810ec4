const barColumns = ['bar', 'measured', 'wanted', ''];

/** For a terminal. */
export function asText(facts, sections) {
  return [
    ...sections.map((section) => `${section.title}\n${table(section.columns, section.rows)}\n${others(section)}`),
    table(barColumns, barRows(sections)),
    conditionsOf(facts),
  ].join('\n\n');
}

/** For `RESULTS.md`, laid out as Prettier does: each section as it was measured last. */
export function asMarkdown(sections) {
  const details = sections.flatMap((section) => [
    `## ${section.title}`,
    table(section.columns, section.rows),
    [...section.about, others(section), `Measured on ${section.date}. ${section.conditions}`]
      .map((line) => `- ${line}`)
      .join('\n'),
  ]);
  return `${[
    '# Results',
    'Written by `node bench/run.mjs` from `results.json`; `--only` replaces the figures of what it measures.',
    table(barColumns, barRows(sections)),
    ...details,
  ].join('\n\n')}\n`;
}

function barRows(sections) {
  return sections.flatMap(({ bars }) =>
    bars.map(({ name, value, wanted, passed }) => [name, value, wanted, passed ? 'met' : 'MISSED']),
  );
}

export function conditionsOf({ machine, load: [before, after] }) {
  return `${machine}. Load average before ${before}, after ${after}.`;
}

function others({ background }) {
  return `Other programs used ${background.toFixed(0)} % of the machine meanwhile.`;
}

function table(columns, rows) {
  const lines = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, index) => Math.max(3, ...lines.map((line) => line[index].length)));
  const render = (cells) => `| ${cells.map((cell, index) => cell.padEnd(widths[index])).join(' | ')} |`;
  const rule = render(widths.map((width) => '-'.repeat(width)));
  return [render(lines[0]), rule, ...lines.slice(1).map(render)].join('\n');
}
