import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // End-to-end tests wait for others most of the time: on two cores one worker would take twice as long.
    maxWorkers: 2,
    // Every AWS client prints a warning about Node versions on Node 20; tests assert on clean output.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
