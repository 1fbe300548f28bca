import type { NewTaskLogRecord } from '@waybill/core'

/** The id of the entry with this number. */
export function idOf(index: number): string {
  return `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
}

/** The token of the claim with this number. */
export function tokenOf(index: number): string {
  return index.toString(16).padStart(32, '0')
}

/** An entry as core would hand it on. */
export function newEntry(index: number, fields: Partial<NewTaskLogRecord> = {}): NewTaskLogRecord {
  return {
    id: idOf(index),
    parentId: null,
    parentToken: null,
    taskName: 'report.build',
    queue: 'default',
    parameters: '{}',
    label: `Entry ${index}`,
    owner: 'ada',
    category: 'unknown',
    metadata: null,
    masterStatus: false,
    priority: 0,
    idempotencyKey: null,
    fingerprint: null,
    limitKey: null,
    limitMax: null,
    maxAttempts: 3,
    delayMs: 0,
    dueAt: null,
    ...fields,
  }
}
