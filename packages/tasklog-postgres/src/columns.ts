import type { TaskLogRecord } from '@waybill/core'

/** How a field of a record is kept. */
export interface Column {
  /** Its name in the table. */
  readonly name: string
  /** What it holds. */
  readonly type: 'text' | 'uuid' | 'number' | 'boolean' | 'json' | 'instant'
  /** It may be null. */
  readonly nullable: boolean
}

function column(name: string, type: Column['type'], nullable = false): Column {
  return { name, type, nullable }
}

/** The column of each field of a record. A closed map: nothing else ever becomes an identifier in a statement. */
export const COLUMNS: ReadonlyMap<keyof TaskLogRecord, Column> = new Map([
  ['id', column('id', 'uuid')],
  ['parentId', column('parent_id', 'uuid', true)],
  ['taskName', column('task_name', 'text')],
  ['queue', column('queue', 'text')],
  ['parameters', column('parameters', 'json')],
  ['label', column('label', 'text')],
  ['owner', column('owner', 'text')],
  ['category', column('category', 'text')],
  ['metadata', column('metadata', 'json', true)],
  ['status', column('status', 'text')],
  ['masterStatus', column('master_status', 'boolean')],
  ['outcome', column('outcome', 'text', true)],
  ['reason', column('reason', 'text', true)],
  ['report', column('report', 'json', true)],
  ['progress', column('progress', 'json', true)],
  ['priority', column('priority', 'number')],
  ['hold', column('hold', 'text', true)],
  ['idempotencyKey', column('idempotency_key', 'text', true)],
  ['limitKey', column('limit_key', 'text', true)],
  ['limitMax', column('limit_max', 'number', true)],
  ['attempt', column('attempt', 'number')],
  ['maxAttempts', column('max_attempts', 'number')],
  ['worker', column('worker', 'text', true)],
  ['cancelRequested', column('cancel_requested', 'boolean')],
  ['hasChildren', column('has_children', 'boolean')],
  ['createdAt', column('created_at', 'instant')],
  ['updatedAt', column('updated_at', 'instant')],
  ['dueAt', column('due_at', 'instant')],
  ['claimedAt', column('claimed_at', 'instant', true)],
  ['startedAt', column('started_at', 'instant', true)],
  ['finishedAt', column('finished_at', 'instant', true)],
] satisfies [keyof TaskLogRecord, Column][])

/** The columns of some fields as a select list that names each value after its field. */
export function selectList(fields: readonly (keyof TaskLogRecord)[]): string {
  return fields.map((field) => `${sqlOf(COLUMNS.get(field) as Column)} AS "${field}"`).join(', ')
}

function sqlOf({ name, type }: Column): string {
  return type === 'instant' ? epochMs(name) : name
}

/** An instant as whole milliseconds since the epoch: exact, and no session's time zone or date style changes it. */
export function epochMs(instant: string): string {
  return `(extract(epoch FROM ${instant}) * 1000)::bigint`
}

/** The select list of a whole record. */
export const RECORD_COLUMNS: string = selectList([...COLUMNS.keys()])

/** The select list of a {@link Claim}, without its token. */
export const CLAIM_COLUMNS: string = selectList([
  'id',
  'parentId',
  'taskName',
  'queue',
  'parameters',
  'label',
  'owner',
  'category',
  'metadata',
  'progress',
  'masterStatus',
  'priority',
  'limitKey',
  'attempt',
  'maxAttempts',
  'hasChildren',
  'createdAt',
])
