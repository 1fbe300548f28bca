import { describe, expect, test } from 'vitest'
import { DATABASES } from '../open-log.ts'
import { moment } from './ledger.ts'
import { seen, setScene } from './scene.ts'
import { block, obey, succeed } from './tasks.ts'

/** What is promised of a worker that is killed. */
const RECOVERED_WITHIN_MS = 5_000
/** Much longer than a lease. */
const BLOCKED_MS = 20_000
const KILLS = 3

// Most of this is waiting, so all of it happens at the same time.
describe.concurrent.each(DATABASES)('with the default settings, on %s', (database) => {
  test('the task of a killed worker runs again within 5 s', async ({
    onTestFinished: finished,
    annotate,
  }) => {
    const scene = await setScene(database, { finished })
    const { dispatcher, ledger, start } = scene
    start()
    for (let kills = 1; kills <= KILLS; kills += 1) {
      const { id } = await dispatcher.enqueue(obey, undefined)
      const starts = () => ledger.of('began').filter((run) => run.id === id)
      await seen(() => starts().length > 0)
      if (kills === 1) start()
      const standing = await scene.standing()
      const holder = starts().at(-1)?.worker
      const killedAt = moment()
      await standing.find(({ name }) => name === holder)?.kill()
      const again = await seen(() => starts().find(({ at }) => at > killedAt))
      expect(again.at - killedAt).toBeLessThan(RECOVERED_WITHIN_MS)
      await annotate(`after ${Math.round(again.at - killedAt)} ms`)
      await dispatcher.taskLog.cancel(id)
      start()
    }
  })

  test('a task that blocks its event loop for 20 s is not started again', async ({
    onTestFinished: finished,
  }) => {
    const { dispatcher, ledger, start, dismiss } = await setScene(database, { finished })
    start({ concurrency: 1 })
    const { id } = await dispatcher.enqueue(block, { ms: BLOCKED_MS })
    const blocked = await seen(() => ledger.of('began')[0])
    const other = start()
    await dispatcher.taskLog.wait([id])
    const ended = await seen(() => ledger.of('ended')[0])
    const next = await dispatcher.enqueue(succeed, { ms: 0 })
    await dispatcher.taskLog.wait([next.id])
    await dismiss()
    expect(ledger.of('began').map((run) => run.id)).toEqual([id, next.id])
    expect(ledger.of('settled').every(({ accepted }) => accepted)).toBe(true)
    const lookedFor = ledger
      .of('beat')
      .filter(({ worker, asked }) => worker === other.name && asked < ended.at)
    expect(lookedFor.length).toBeGreaterThan(5)
    expect(ended.at - blocked.at).toBeGreaterThanOrEqual(BLOCKED_MS)
  })
})
