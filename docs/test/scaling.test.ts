import { defineTask, Report, TaskLogFilter } from '@waybill/core'
import { createSimulation } from '@waybill/testing'
import { expect, it } from 'vitest'

// #region simulate
/** Ten tasks a second come in at random, each takes a second: how long do most of them wait for their start? */
async function longestWaits(slots: number): Promise<{ half: number; most: number }> {
  const work = defineTask({
    name: 'work',
    async run() {
      await simulation.sleep('1s')
      return Report.success('done')
    },
  })
  const simulation = createSimulation({ tasks: [work], seed: 7 })
  simulation.startWorker({ concurrency: slots })
  for (let task = 0; task < 1_000; task += 1) {
    await simulation.dispatcher.enqueue(work, undefined)
    await simulation.advance(Math.round(-100 * Math.log(1 - simulation.random())))
  }
  await simulation.advance('5m')
  const waits: number[] = []
  for await (const page of simulation.taskLog.pages(new TaskLogFilter().limit(1_000))) {
    for (const { createdAt, startedAt } of page) waits.push(Number(startedAt) - Number(createdAt))
  }
  waits.sort((left, right) => left - right)
  return { half: waits[500] ?? 0, most: waits[950] ?? 0 }
}
// #endregion

it('with as many slots as the work needs on average tasks wait, with half as many again they do not', async () => {
  expect((await longestWaits(10)).most).toBeGreaterThan(800)
  // #region figures
  expect((await longestWaits(12)).most).toBeLessThan(400) // milliseconds, for 95 of 100 tasks
  expect((await longestWaits(15)).most).toBeLessThan(50)
  expect((await longestWaits(20)).most).toBe(0)
  // #endregion
})
