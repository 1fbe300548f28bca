import { decodeJson } from '../json/decode.ts'
import { Report, type ReportJson } from '../report/report.ts'
import { type CategorizedStatus, categorizeStatus, statusLabel } from '../task/categorized-status.ts'
import type { TaskCategory } from '../task/category.ts'
import type { EndStatus, TaskStatus } from '../task/status.ts'
import type { FoundRecord, TaskHold, TaskReason } from './task-log-record.ts'

/** An entry as people and pages see it. */
export interface TaskLogEntityJson {
  readonly id: string
  readonly taskName: string
  /** The status for people. */
  readonly status: CategorizedStatus
  readonly masterStatus: boolean
  /** The status in English, for example `In Progress`. */
  readonly statusLabel: string
  /** Absent when the search left it out, as all below. Not escaped: whoever makes HTML of it must. */
  readonly taskLabel?: string
  /** Unix seconds. */
  readonly createdAt?: number
  /** Seconds from then until the entry was read. */
  readonly createdAtElapsed?: number
  /** Unix seconds. */
  readonly updatedAt?: number
  /** Seconds from then until the entry was read. */
  readonly updatedAtElapsed?: number
  /** Null while there is none. */
  readonly report?: ReportJson | null
  /** Present when stored JSON could not be decoded, and so is shown as null. */
  readonly undecodable?: readonly JsonColumn[]
}

const JSON_COLUMNS = ['parameters', 'metadata', 'report', 'progress'] as const
type JsonColumn = (typeof JSON_COLUMNS)[number]

/**
 * One entry of the log, decoded. Columns the search left out are undefined. JSON that cannot be decoded is null, and
 * its column named in {@link TaskLogEntity.undecodable}: one bad row breaks no page.
 */
export class TaskLogEntity {
  /** The row as the adapter gave it. */
  readonly record: FoundRecord
  readonly #readAt: number
  readonly #decoded: Map<JsonColumn, unknown> = new Map()
  readonly #undecodable: Set<JsonColumn> = new Set()

  /** @param record the row; @param readAt when it was read, in milliseconds since the epoch */
  constructor(record: FoundRecord, readAt: number) {
    this.record = record
    this.#readAt = readAt
  }

  /** The task's id. */
  get id(): string {
    return this.record.id
  }

  /** The parent's id. */
  get parentId(): string | null {
    return this.record.parentId
  }

  /** The name the worker's registry resolves. */
  get taskName(): string {
    return this.record.taskName
  }

  /** The queue it waits, or waited, in. */
  get queue(): string {
    return this.record.queue
  }

  /** What it is called for people. */
  get label(): string | undefined {
    return this.record.label
  }

  /** Whose task it is. */
  get owner(): string | undefined {
    return this.record.owner
  }

  /** What kind of work it is. */
  get category(): TaskCategory {
    return this.record.category
  }

  /** Where it stands. */
  get status(): TaskStatus {
    return this.record.status
  }

  /** Where it stands, for people. */
  get categorizedStatus(): CategorizedStatus {
    return categorizeStatus(this.status)
  }

  /** Where it stands, in English. */
  get statusLabel(): string {
    return statusLabel(this.categorizedStatus)
  }

  /** Its children never change its status. */
  get masterStatus(): boolean {
    return this.record.masterStatus
  }

  /** What it ended as; stays when it is archived. */
  get outcome(): EndStatus | null {
    return this.record.outcome
  }

  /** Why it is where it is, for programs. */
  get reason(): TaskReason | null {
    return this.record.reason
  }

  /** Why it cannot be claimed yet. */
  get hold(): TaskHold | null {
    return this.record.hold
  }

  /** How many attempts have been counted. */
  get attempt(): number {
    return this.record.attempt
  }

  /** How many there may be. */
  get maxAttempts(): number {
    return this.record.maxAttempts
  }

  /** The worker that holds, or held, it. */
  get worker(): string | null {
    return this.record.worker
  }

  /** Somebody asked it to stop. */
  get cancelRequested(): boolean {
    return this.record.cancelRequested
  }

  /** When it was added. */
  get createdAt(): Date | undefined {
    return this.#date('createdAt') ?? undefined
  }

  /** When it last changed. */
  get updatedAt(): Date | undefined {
    return this.#date('updatedAt') ?? undefined
  }

  /** Not started before. */
  get dueAt(): Date {
    return new Date(this.record.dueAt)
  }

  /** When its last attempt began. */
  get startedAt(): Date | null {
    return this.#date('startedAt')
  }

  /** When it ended. */
  get finishedAt(): Date | null {
    return this.#date('finishedAt')
  }

  /** What the task works on. */
  get parameters(): unknown {
    return this.#json('parameters')
  }

  /** Facts beside the parameters. */
  get metadata(): unknown {
    return this.#json('metadata')
  }

  /** How far it is. */
  get progress(): unknown {
    return this.#json('progress')
  }

  /** What came of it. */
  get report(): Report | null | undefined {
    return this.#json('report') as Report | null | undefined
  }

  /** The columns whose stored JSON cannot be decoded. */
  get undecodable(): readonly JsonColumn[] {
    for (const column of JSON_COLUMNS) this.#json(column)
    return [...this.#undecodable]
  }

  /** The entry as people and pages see it. */
  toJSON(): TaskLogEntityJson {
    const { createdAt, updatedAt } = this.record
    const undecodable = this.undecodable
    return {
      id: this.id,
      taskName: this.taskName,
      status: this.categorizedStatus,
      masterStatus: this.masterStatus,
      statusLabel: this.statusLabel,
      ...(this.label === undefined ? undefined : { taskLabel: this.label }),
      ...(createdAt === undefined
        ? undefined
        : { createdAt: seconds(createdAt), createdAtElapsed: this.#elapsed(createdAt) }),
      ...(updatedAt === undefined
        ? undefined
        : { updatedAt: seconds(updatedAt), updatedAtElapsed: this.#elapsed(updatedAt) }),
      ...(this.report === undefined ? undefined : { report: this.report?.toJSON() ?? null }),
      ...(undecodable.length === 0 ? undefined : { undecodable }),
    }
  }

  #date(column: 'createdAt' | 'updatedAt' | 'startedAt' | 'finishedAt'): Date | null {
    const ms = this.record[column]
    return ms === undefined || ms === null ? null : new Date(ms)
  }

  #elapsed(since: number): number {
    return Math.max(0, seconds(this.#readAt) - seconds(since))
  }

  #json(column: JsonColumn): unknown {
    const text = this.record[column]
    if (text === undefined || text === null) return text
    if (!this.#decoded.has(column)) this.#decoded.set(column, this.#decode(column, text))
    return this.#decoded.get(column)
  }

  #decode(column: JsonColumn, text: string): unknown {
    try {
      const value = decodeJson(text, column)
      return column === 'report' ? Report.fromJSON(value) : value
    } catch {
      this.#undecodable.add(column)
      return null
    }
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000)
}
