import type { Claim, FoundRecord, TaskLogRecord } from '@waybill/core'

/** Booleans as they are kept. */
type Bit = 0 | 1

/** A record as a statement answers it, by the select list of its fields. */
export type RecordRow = Omit<FoundRecord, 'masterStatus' | 'cancelRequested' | 'hasChildren'> & {
  readonly masterStatus: Bit
  readonly cancelRequested: Bit
  readonly hasChildren: Bit
}

/** A ready task as a statement answers it, before it is claimed. */
export type ClaimRow = Omit<Claim, 'token' | 'masterStatus' | 'hasChildren'> & {
  readonly masterStatus: Bit
  readonly hasChildren: Bit
  /** The order in which tasks were added. */
  readonly seq: number
}

/** The record of a row; a column that was not read is left out. */
export function toFoundRecord(row: RecordRow): FoundRecord {
  return {
    ...row,
    masterStatus: row.masterStatus === 1,
    cancelRequested: row.cancelRequested === 1,
    hasChildren: row.hasChildren === 1,
  }
}

/** The record of a row of which all columns were read. */
export function toRecord(row: RecordRow): TaskLogRecord {
  return toFoundRecord(row) as TaskLogRecord
}

/** The claim of a row that was ready. Every member by name: a drain makes one for each task. */
export function toClaim(row: ClaimRow, token: string): Claim {
  return {
    id: row.id,
    parentId: row.parentId,
    taskName: row.taskName,
    queue: row.queue,
    parameters: row.parameters,
    label: row.label,
    owner: row.owner,
    category: row.category,
    metadata: row.metadata,
    masterStatus: row.masterStatus === 1,
    priority: row.priority,
    limitKey: row.limitKey,
    attempt: row.attempt + 1,
    maxAttempts: row.maxAttempts,
    hasChildren: row.hasChildren === 1,
    progress: row.progress,
    createdAt: row.createdAt,
    token,
  }
}
