import { expectSameAnswers, searches } from '@waybill/tools/searches'
import fc from 'fast-check'
import { test } from 'vitest'
import { openBothLogs } from './both-logs.ts'

test('for random logs and filters SQLite answers exactly what the memory log answers', async () => {
  await fc.assert(
    fc.asyncProperty(searches('ascii'), async (sample) => {
      const logs = await openBothLogs()
      try {
        await expectSameAnswers({ log: logs.sqlite, reference: logs.memory, pass: logs.pass }, sample)
      } finally {
        await logs.close()
      }
    }),
    // What is found is told before the test times out, though it may be longer than need be.
    { numRuns: 200, interruptAfterTimeLimit: 100_000 },
  )
}, 120_000)
