/** How AWS writes the name of a parameter, or of a part of one, in its errors: `batchSize`, `scalingConfig.maximumConcurrency`. */
export function awsName(...path: readonly string[]): string {
  return path.map((name) => name.charAt(0).toLowerCase() + name.slice(1)).join('.');
}
