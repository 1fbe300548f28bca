import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// #region imports
import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
// #endregion
import { expect, it } from 'vitest'

const sent: string[] = []
const mailer = {
  async send(to: string, _text: string) {
    sent.push(to)
  },
}

// #region define
const sendMail = defineTask<{ to: string; text: string }>({
  name: 'mail.send',
  retry: { attempts: 3, backoff: { baseMs: 1_000 } },
  async run({ to, text }, { progress }) {
    progress(0, 1)
    await mailer.send(to, text)
    return Report.success(`Sent to ${to}`)
  },
})
// #endregion

// #region flow
const newsletter = defineTask<{ readers: readonly string[] }>({
  name: 'newsletter.send',
  async run({ readers }, { enqueueChild }) {
    for (const to of readers) await enqueueChild(sendMail, { to, text: 'News' })
    return Report.success(`${readers.length} mails`) // completed when all of them are
  },
})
// #endregion

it('is set up, takes tasks and works on them', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'waybill-docs-')), 'waybill.db')
  // #region set-up
  const taskLog = createSqliteTaskLog({ file }) // or createPostgresTaskLog, createMysqlTaskLog
  const queues = [new Queue('default', createDurableBroker(taskLog))]
  const waybill = new QueueDispatcher({ taskLog, queues, tasks: [sendMail, newsletter] })
  await waybill.initialize()
  // #endregion
  // #region enqueue
  await waybill.enqueue(
    sendMail,
    { to: 'ada@example.org', text: 'Hello' },
    { owner: 'ada', delay: '10ms', priority: -1, idempotencyKey: 'welcome' },
  )
  // #endregion
  await waybill.enqueue(newsletter, { readers: ['bob@example.org', 'eve@example.org'] })
  // #region work
  const worker = new LongRunningWorker(waybill, { concurrency: 20 })
  const running = worker.run()
  // #endregion
  const { items } = await waybill.taskLog.search()
  await waybill.taskLog.wait(items)
  // #region stop
  worker.stop() // running tasks may end, what has not begun goes back
  await running
  await taskLog.close()
  // #endregion
  expect(sent.sort()).toEqual(['ada@example.org', 'bob@example.org', 'eve@example.org'])
})
