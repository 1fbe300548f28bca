import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createDurableBroker } from '@waybill/broker-durable'
import { Queue, QueueDispatcher } from '@waybill/core'
import { createSqliteTaskLog, type SqliteTaskLog } from '@waybill/tasklog-sqlite'
import { compile, OUTPUT, strikesOfYear, weatherOfMonth, yearbook } from './tasks.ts'

/** Opens the demo's log and its dispatcher. The log stays: the second run works on the first one's. */
export function openWaybill(): { log: SqliteTaskLog; dispatcher: QueueDispatcher } {
  mkdirSync(OUTPUT, { recursive: true })
  const log = createSqliteTaskLog({ file: join(OUTPUT, 'waybill.db') })
  const broker = createDurableBroker(log)
  const dispatcher = new QueueDispatcher({
    taskLog: log,
    queues: [new Queue('exports', broker, { weight: 1 }), new Queue('imports', broker, { weight: 3 })],
    tasks: [yearbook, strikesOfYear, weatherOfMonth, compile],
    owner: 'ada',
  })
  return { log, dispatcher }
}
