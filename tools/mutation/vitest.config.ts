import { dirname } from 'node:path'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** The tests that hold the rules in the files that are changed. */
const config: ViteUserConfig = defineConfig({
  test: {
    root: dirname(dirname(import.meta.dirname)),
    isolate: false,
    testTimeout: 60_000,
    include: [
      'packages/core/src/{queue,task,task-log,time,worker}/*.test.ts',
      'packages/tasklog-memory/test/*.test.ts',
      'packages/broker-durable/test/{families,worker-life,worker-outcomes}.test.ts',
      'packages/broker-memory/test/*.test.ts',
      'packages/testing/test/faults.test.ts',
      'packages/conformance/test/memory.test.ts',
    ],
  },
})

export default config
