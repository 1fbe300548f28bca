import { setTimeout as sleep } from 'node:timers/promises'
import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createSqliteTaskLog, type SqliteTaskLog } from '@waybill/tasklog-sqlite'

// #region task
/** Long, and interrupted without harm: the page it stands on is kept. */
export const printBook = defineTask<{ pages: number }>({
  name: 'book.print',
  async run({ pages }, { lastCheckpoint, checkpoint, signal }) {
    for (let page = Number(lastCheckpoint ?? 0); page < pages; page += 1) {
      await sleep(100, undefined, { signal }) // printing; rejected when the task is to stop
      await checkpoint(page + 1)
    }
    return Report.success(`${pages} pages printed`)
  },
})
// #endregion

/** The log and the dispatcher, for the application and for workers. */
export function openWaybill(file: string): { log: SqliteTaskLog; waybill: QueueDispatcher } {
  const log = createSqliteTaskLog({ file })
  const queues = [new Queue('default', createDurableBroker(log))]
  return { log, waybill: new QueueDispatcher({ taskLog: log, queues, tasks: [printBook] }) }
}
