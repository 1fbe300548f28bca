import { expectSameAnswers, searches } from '@waybill/tools/searches'
import fc from 'fast-check'
import { inject, test } from 'vitest'
import { openBothLogs } from './both-logs.ts'

test('for random logs and filters MySQL answers exactly what the memory log answers', async () => {
  await fc.assert(
    fc.asyncProperty(searches('unicode'), async (sample) => {
      const logs = await openBothLogs(inject('mysqlUrl'))
      try {
        await expectSameAnswers({ log: logs.mysql, reference: logs.memory, pass: logs.pass }, sample)
      } finally {
        await logs.close()
      }
    }),
    // What is found is told before the test times out, though it may be longer than need be.
    { numRuns: 25, interruptAfterTimeLimit: 100_000 },
  )
}, 120_000)
