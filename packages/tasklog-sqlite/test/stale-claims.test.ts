import { expect, test } from 'vitest'
import { idOf, newEntry, openBothLogs, tokenOf } from './both-logs.ts'

test('beside its current claim, a claim a task had before is neither started nor held', async () => {
  const { sqlite: log, close } = await openBothLogs()
  await log.add([newEntry(0)])
  await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
  const [stale, current] = [1, 2].map((claim) => ({ id: idOf(0), token: tokenOf(claim) })) as [Held, Held]
  const from = { queue: 'default' }
  await log.claim({ worker: 'w', token: stale.token, from, limit: 1 })
  await log.settle([
    { ...stale, to: 'retry', delayMs: 0, reason: 'error', report: null, progress: null, startedAgoMs: 0 },
  ])
  await log.claim({ worker: 'w', token: current.token, from, limit: 1 })
  expect(await log.start([stale, current])).toEqual([idOf(0)])
  const open = [stale, current].map((claim) => ({ ...claim, startedAgoMs: 0, progress: null, report: null }))
  const beat = { worker: 'w', leaseMs: 60_000, info: null }
  expect(await log.heartbeat({ ...beat, open })).toMatchObject({ lost: [idOf(0)] })
  expect(await log.heartbeat({ ...beat, open: open.slice(1) })).toMatchObject({ lost: [] })
  await close()
})

interface Held {
  readonly id: string
  readonly token: string
}
