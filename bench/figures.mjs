export function median(values) {
  return percentile(values, 50);
}

/** Between two values, the nearer one in proportion. */
export function percentile(values, percent) {
  const sorted = values.toSorted((a, b) => a - b);
  const position = ((sorted.length - 1) * percent) / 100;
  const [below, above] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  return below + (above - below) * (position % 1);
}

export function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A figure that has to be good enough; `wanted` says in words what `isGood` checks. */
export function bar(name, value, isGood, wanted, digits = 1, unit = '') {
  return { name, value: `${value.toFixed(digits)}${unit}`, wanted, passed: isGood(value) };
}
