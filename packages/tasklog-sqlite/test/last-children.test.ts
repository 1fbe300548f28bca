import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { SettleAnswer, Settlement } from '@waybill/core'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { createSqliteTaskLog } from '../src/index.ts'
import { idOf, newEntry, tokenOf } from './both-logs.ts'
import type { SteppedSettlement } from './settle-in-steps.ts'
import { temporaryFile } from './temporary-file.ts'

// SQLite has one isolation level, and one writer at a time: the other one's turn comes before or after, whatever the step.
test('two last children close their parent exactly once, whichever step of one the other comes in', async () => {
  const file = temporaryFile()
  const log = createSqliteTaskLog({ file })
  await log.createContainer()
  await log.heartbeat({ worker: 'w', leaseMs: 600_000, info: null, open: [] })
  const own = new Database(file)
  own.exec(
    `CREATE TABLE closings (id TEXT);
     CREATE TRIGGER note AFTER UPDATE ON waybill_tasks WHEN old.status = 'child_running' AND new.status = 'completed'
       BEGIN INSERT INTO closings VALUES (new.id); END`,
  )
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(new URL('./settle-in-steps.ts', import.meta.url), { workerData: { file, gate } })
  onTestFinished(async () => {
    await thread.terminate()
    own.close()
    await log.close()
  })
  /** What the thread says next. */
  const said = (): Promise<unknown> => new Promise((resolve) => void thread.once('message', resolve))

  let steps = Number.POSITIVE_INFINITY
  for (let stopBefore = 1; stopBefore <= steps; stopBefore += 1) {
    const [parent, first, second] = await family(stopBefore)
    Atomics.store(gate, 0, 0)
    const stopped = said()
    thread.postMessage({ settlement: first, stopBefore } satisfies SteppedSettlement)
    let answer = await stopped
    const others = log.settle([second])
    if (answer === 'stopped') {
      await Promise.race([others, sleep(5)])
      const answered = said()
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
      answer = await answered
    } else {
      steps = stopBefore - 1 // It came to its end without another statement.
    }
    const answers = [answer as SettleAnswer, ...(await others)]
    expect(answers).toMatchObject([{ accepted: true }, { accepted: true }])
    expect(await log.find([parent])).toMatchObject([{ status: 'completed' }])
    const closings = own.prepare('SELECT count(*) FROM closings WHERE id = ?').pluck().get(parent)
    expect(closings, `stopped before statement ${stopBefore}`).toBe(1)
  }
  expect(steps).toBeGreaterThan(3)

  /** A parent that waits for its two children, which are held. */
  async function family(number: number): Promise<[string, Settlement, Settlement]> {
    const ids = [0, 1, 2].map((member) => idOf(number * 10 + member)) as [string, string, string]
    const [parent, ...children] = ids
    const token = tokenOf(number)
    for (const id of ids)
      await log.add([newEntry(0, { id, parentId: id === parent ? null : parent, label: id })])
    await log.claim({ worker: 'w', token, from: { ids }, limit: 3 })
    const settle = (id: string): Settlement => ({
      ...{ id, token, to: 'completed', delayMs: 0, reason: null },
      ...{ report: null, progress: null, startedAgoMs: null },
    })
    await log.settle([settle(parent)])
    return [parent, ...(children.map(settle) as [Settlement, Settlement])]
  }
})
