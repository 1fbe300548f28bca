import { join } from 'node:path'
import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, type EnqueueOptions, Queue, QueueDispatcher } from '@waybill/core'
import { createSqliteTaskLog, type SqliteTaskLog } from '@waybill/tasklog-sqlite'
import { onTestFinished } from 'vitest'
import type { Project } from './project.ts'

const CHUNK = 1_000

/** The log of a project on SQLite, opened beside the command. */
export function openLog({ folder }: Project): SqliteTaskLog {
  const log = createSqliteTaskLog({ file: join(folder, 'waybill.db') })
  onTestFinished(() => log.close())
  return log
}

/** Enqueues tasks; answers their ids, in order. */
export async function seed(
  project: Project,
  count: number,
  options: Omit<EnqueueOptions, 'transaction'> & {
    readonly name?: string
    readonly parameters?: object
  } = {},
): Promise<readonly string[]> {
  const { name = 'hello', parameters = { name: 'Ada' }, ...rest } = options
  const taskLog = openLog(project)
  const broker = createDurableBroker(taskLog)
  const queues = ['default', 'reports'].map((queue) => new Queue(queue, broker))
  const dispatcher = new QueueDispatcher({ queues, taskLog })
  const task = defineTask<object>({ name, run: () => null })
  const ids: string[] = []
  for (let at = 0; at < count; at += CHUNK) {
    const items = Array.from({ length: Math.min(CHUNK, count - at) }, () => ({
      task,
      input: parameters,
      options: rest,
    }))
    ids.push(...(await dispatcher.enqueueMany(items)).map(({ id }) => id))
  }
  return ids
}
