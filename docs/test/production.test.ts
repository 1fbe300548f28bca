import { subscribe } from 'node:diagnostics_channel'
import { defineTask, Report, type TelemetryMessages } from '@waybill/core'
import { expect, it } from 'vitest'
import { inMemory } from './in-memory.ts'

it('what workers tell', async () => {
  const lines: string[] = []
  const logger = { info: (text: string) => lines.push(text), error: (text: string) => lines.push(text) }
  // #region telemetry
  function on<Name extends keyof TelemetryMessages>(
    name: Name,
    listen: (message: TelemetryMessages[Name]) => void,
  ) {
    subscribe(name, (message) => listen(message as TelemetryMessages[Name]))
  }

  on('waybill:task:end', ({ taskName, to, durationMs }) => logger.info(`${taskName} ${to} ${durationMs}`))
  on('waybill:task:log', ({ taskName, level, message }) => logger.info(`${level} ${taskName}: ${message}`))
  on('waybill:worker:fault', ({ during, error }) => logger.error(`${during}: ${error}`))
  on('waybill:worker:recovered', ({ worker, tasks }) => logger.error(`${worker} lost ${tasks.length}`))
  // #endregion
  const hello = defineTask({
    name: 'hello',
    run(_: undefined, { log }) {
      log.info('greeting')
      return Report.success('Hello')
    },
  })
  const { waybill, drain } = inMemory(hello)
  await waybill.enqueue(hello, undefined)
  await drain()
  expect(lines).toEqual(['info hello: greeting', expect.stringMatching(/^hello completed \d/)])
})

it('a queue is paused and limited over all workers', async () => {
  const { broker, waybill, drain } = inMemory(defineTask({ name: 'mail', run: () => Report.success('sent') }))
  // #region control
  await broker.limit('default', 4) // at most four of its tasks at once, over all workers
  await broker.pause('default') // nothing more is claimed
  await broker.resume('default')
  // #endregion
  await waybill.taskLog.add({ taskName: 'mail', owner: 'ada' })
  await drain()
  expect(await waybill.taskLog.stats()).toMatchObject({ completed: 1 })
})
