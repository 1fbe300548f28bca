import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskLogInitializer } from '@waybill/conformance'
import type { TaskLogBroker } from '@waybill/core'
import { createJournalTaskLog, type JournalTaskLogOptions } from './journal-task-log.ts'

/** How the conformance suite gets hold of journals: each in a folder of its own. */
export const taskLog: TaskLogInitializer = {
  name: 'journal',
  async create() {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-journal-'))
    const options = { file: join(folder, 'journal.db'), synchronous: 'OFF' } as const
    return {
      log: createJournalTaskLog(options),
      open: async () => createJournalTaskLog(options),
      elsewhere: { module: import.meta.url, options },
      dispose: async () => rm(folder, { recursive: true }),
    }
  },
}

/** Opens a journal in another process. */
export async function open(options: unknown): Promise<TaskLogBroker> {
  return createJournalTaskLog(options as JournalTaskLogOptions)
}
