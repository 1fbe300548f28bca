import { isWakeableLog, type TaskLogBroker, type WakeableTaskLog } from '@waybill/core'
import { expect, vi } from 'vitest'
import { claimRule, type RuleOptions, type TaskLogRule } from './task-log-rule.ts'
import { type ClaimTrial, QUEUE } from './trial.ts'

const wakeable: RuleOptions = {
  excuse: (log) => (isWakeableLog(log) ? null : 'the log wakes nobody: it has no onWake'),
}

function onWake(log: TaskLogBroker, queue: string, wake: () => void): () => void {
  return (log as TaskLogBroker & WakeableTaskLog).onWake(queue, wake)
}

const OCCASIONS = 3

/** A wake-up is a hint that may get lost, so it is given several occasions. */
async function wakes(
  trial: ClaimTrial,
  occasion: () => Promise<unknown>,
  woken: () => number,
): Promise<void> {
  const before = woken()
  const { wakeWithinMs: timeout = 2_000 } = trial.subject
  for (let attempt = 1; ; attempt += 1) {
    await occasion()
    try {
      await vi.waitFor(() => expect(woken(), 'wake-ups').toBeGreaterThan(before), { timeout, interval: 5 })
      return
    } catch (error) {
      if (attempt === OCCASIONS) throw error
    }
  }
}

function listen(log: TaskLogBroker): () => number {
  let count = 0
  onWake(log, QUEUE, () => {
    count += 1
  })
  return () => count
}

/** Telling idle workers that there may be work. */
export const wakeRules: readonly TaskLogRule[] = [
  claimRule(
    'wake-001',
    'an entry that is added and ready wakes who listens to its queue',
    async (trial) => {
      await wakes(trial, async () => trial.add(), listen(trial.log))
    },
    wakeable,
  ),

  claimRule(
    'wake-002',
    'an entry that another log adds wakes as well',
    async (trial) => {
      await wakes(trial, async () => trial.add(), listen(await trial.open()))
    },
    wakeable,
  ),

  claimRule(
    'wake-003',
    'an entry that is queued again wakes',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      await wakes(trial, async () => worker.run(id, 'release'), listen(trial.log))
    },
    wakeable,
  ),

  claimRule(
    'wake-004',
    'an entry whose time has come wakes when it is promoted',
    async (trial) => {
      const woken = listen(trial.log)
      await wakes(
        trial,
        async () => {
          await trial.add({ delayMs: 1 })
          await trial.pass(3)
          await trial.log.promote(10)
        },
        woken,
      )
    },
    wakeable,
  ),

  claimRule(
    'wake-005',
    'who stopped listening is not woken any more, the others are',
    async (trial) => {
      let stopped = 0
      const stop = onWake(trial.log, QUEUE, () => {
        stopped += 1
      })
      const woken = listen(trial.log)
      await wakes(trial, async () => trial.add(), woken)
      stop()
      stop()
      const before = stopped
      await wakes(trial, async () => trial.add(), woken)
      expect(stopped).toBe(before)
    },
    wakeable,
  ),
]
