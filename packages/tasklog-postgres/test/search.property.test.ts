import type { FoundRecord } from '@waybill/core'
import { expectSameAnswers, searches } from '@waybill/tools/searches'
import fc from 'fast-check'
import { inject, test } from 'vitest'
import { openBothLogs } from './both-logs.ts'

test('for random logs and filters PostgreSQL answers exactly what the memory log answers', async () => {
  await fc.assert(
    fc.asyncProperty(searches('ascii'), async (sample) => {
      const logs = await openBothLogs(inject('postgresUrl'))
      try {
        await expectSameAnswers(
          { log: logs.postgres, reference: logs.memory, pass: logs.pass },
          sample,
          meaning,
        )
      } finally {
        await logs.close()
      }
    }),
    // What is found is told before the test times out, though it may be longer than need be.
    { numRuns: 25, interruptAfterTimeLimit: 100_000 },
  )
}, 120_000)

/** jsonb keeps what JSON says, not how it is written, nor the order of members. */
function meaning(records: readonly FoundRecord[]): unknown {
  const read = (json: string | null | undefined): unknown =>
    typeof json === 'string' ? JSON.parse(json) : json
  return records.map(({ parameters, metadata, report, progress, ...record }) => ({
    ...record,
    json: [parameters, metadata, report, progress].map(read),
  }))
}
