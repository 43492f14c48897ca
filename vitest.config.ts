import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: ['test/harness/cluster.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Many tests wait for processes, timers and the database: two at once use two cores better than one.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        // Files share the modules of their worker, here and in the browser tests: to load the program anew for each took seconds of every file.
        test: {
          name: 'unit',
          isolate: false,
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/src/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/faults/**'],
        },
      },
      { extends: true, test: { name: 'faults', include: ['test/faults/**/*.test.ts'], testTimeout: 90_000 } },
      { extends: true, test: { name: 'browser', isolate: false, include: ['test/e2e/**/*.test.ts'], testTimeout: 90_000 } },
    ],
  },
})
