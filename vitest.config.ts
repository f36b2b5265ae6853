import { availableParallelism } from 'node:os'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Dates in tests are real dates: a zone with summer time on both sides of UTC midnight.
    env: { TZ: 'Europe/Berlin' },
    // One less than all by default: on two cores that is one.
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          name: 'core',
          environment: 'node',
          include: [
            'tests/{domain,usecases,sync,db,api,files,golden,worker,port-suites,contract,scripts,simulation,fuzz,history,e2e}/**/*.spec.ts',
            'tests/*.spec.ts',
          ],
          setupFiles: ['tests/support/setup-core.ts'],
          // Nothing here judges speed: a busy machine must not turn a test red.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'server',
          environment: 'node',
          include: ['tests/server-mock/**/*.spec.ts'],
          // Compiling the database takes seconds of processor time: once per process, not once per file.
          isolate: false,
          setupFiles: ['tests/support/setup-core.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [vue()],
        test: {
          name: 'ui',
          environment: 'happy-dom',
          include: ['tests/{components,composables,stores,views}/**/*.spec.ts'],
          setupFiles: ['tests/support/setup-core.ts'],
          // Nothing here judges speed: a busy machine must not turn a test red.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
