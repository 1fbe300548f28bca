import { type AbortCause, InvalidInputError, TaskAbortedError } from '../errors/errors.ts'
import { decodeJson } from '../json/decode.ts'
import { encodeJson } from '../json/encode.ts'
import { fingerprint } from '../json/fingerprint.ts'
import type { EnqueueChild } from '../queue/queue-dispatcher.ts'
import { encodeReport } from '../report/encode-report.ts'
import { Report } from '../report/report.ts'
import type { TaskCategory } from '../task/category.ts'
import type { EnqueueChildOptions, TaskContext, TaskLogger, TaskProgress } from '../task/task-context.ts'
import type { EnqueuedTask, TaskInput, TaskType } from '../task/task-types.ts'
import type { Claim, OpenTask } from '../task-log/claimable-task-log-broker.ts'
import { publish } from '../telemetry/channels.ts'
import type { Clock } from '../time/clock.ts'

/** What a running task needs of its worker. */
export interface TaskHost {
  readonly clock: Clock
  readonly enqueueChild: EnqueueChild
  /** Renews the lease and tells its tasks what came back. */
  readonly beatNow: () => Promise<void>
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

type Level = (typeof LEVELS)[number]

/** A claim that is being run: the context its task sees, and what the worker keeps about it. */
export class RunningTask implements TaskContext {
  readonly claim: Claim
  /** When it began, by the monotonic clock. */
  readonly startedAt: number
  readonly #host: TaskHost
  #childKeys: Map<string, number> | null = null
  #controller: AbortController | null = null
  #report: Report | null = null
  #progress: string | null = null
  #said: TaskProgress | null = null
  #checkpoint: { readonly value: unknown } | null = null
  #reported: string | null = null
  #abortCause: AbortCause | null = null
  #onAbort: ((cause: AbortCause) => void) | null = null
  #isOver = false

  constructor(claim: Claim, host: TaskHost) {
    this.claim = claim
    this.startedAt = host.clock.monotonic()
    this.#host = host
  }

  get id(): string {
    return this.claim.id
  }

  get taskName(): string {
    return this.claim.taskName
  }

  get attempt(): number {
    return this.claim.attempt
  }

  get maxAttempts(): number {
    return this.claim.maxAttempts
  }

  get owner(): string {
    return this.claim.owner
  }

  get label(): string {
    return this.claim.label
  }

  get queue(): string {
    return this.claim.queue
  }

  get category(): TaskCategory {
    return this.claim.category
  }

  get parentId(): string | null {
    return this.claim.parentId
  }

  get metadata(): Readonly<Record<string, unknown>> | null {
    const { metadata } = this.claim
    return metadata === null ? null : (decodeJson(metadata, 'metadata') as Record<string, unknown>)
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  get log(): TaskLogger {
    const writers = LEVELS.map((level): [Level, TaskLogger[Level]] => [
      level,
      (message, data) => this.write(level, message, data),
    ])
    return Object.fromEntries(writers) as unknown as TaskLogger
  }

  /** Publishes a line of the task's log. */
  write(level: Level, message: string, data?: unknown): void {
    const { id, taskName } = this
    publish('waybill:task:log', () => ({ id, taskName, level, message, data }))
  }

  get report(): Report {
    this.#report ??= Report.info('In progress')
    return this.#report
  }

  /** What the task has put into its report so far; null when it has not. */
  get ownReport(): Report | null {
    return this.#report
  }

  // What a task calls is bound, so that it may take its context apart: `run(input, { progress, signal })`.
  get progress(): TaskContext['progress'] {
    return (done, total = null, message = null) => this.#say({ done, total, message })
  }

  get lastCheckpoint(): unknown {
    this.#checkpoint ??= { value: claimedProgress(this.claim)?.checkpoint ?? null }
    return this.#checkpoint.value
  }

  get checkpoint(): TaskContext['checkpoint'] {
    return (value) => this.#keep(value)
  }

  async #keep(value: unknown): Promise<void> {
    const said = this.#said ?? claimedProgress(this.claim)
    this.#checkpoint = { value }
    this.#say(said ?? { done: 0, total: null, message: null })
    // A beat that was under way has left without it; none takes it of a task that its worker has left behind.
    while (this.#progress !== null && !this.#isOver) await this.#host.beatNow()
    if (this.#isOver || this.#abortCause === 'lease_lost')
      throw new TaskAbortedError(this.#abortCause ?? 'lease_lost')
  }

  #say({ done, total, message }: TaskProgress): void {
    const checkpoint = this.lastCheckpoint
    this.#said = { done, total, message, ...(checkpoint === null ? undefined : { checkpoint }) }
    this.#progress = encodeJson(this.#said, 'progress')
  }

  get enqueueChild(): TaskContext['enqueueChild'] {
    return async (task, input, { key, ...options } = {}) => {
      const { id, token } = this.claim
      const step = key === undefined ? this.#childKey(task, input) : `key:${key}`
      return await this.#enqueueUnder({ id, token }, task, input, step, options)
    }
  }

  get enqueueSibling(): TaskContext['enqueueSibling'] {
    return async (task, input, { key, ...options }) => {
      const { id, parentId } = this
      if (parentId === null)
        throw new InvalidInputError('task', `the task ${id} has no parent, so it can have no siblings`)
      return await this.#enqueueUnder({ id: parentId, token: null }, task, input, `key:${key}`, options)
    }
  }

  /** Children of one parent are told apart by their step, so that a second attempt adds none again. */
  #enqueueUnder<Type extends TaskType>(
    parent: { readonly id: string; readonly token: string | null },
    task: Type,
    input: TaskInput<Type>,
    step: string,
    options: Omit<EnqueueChildOptions, 'key'>,
  ): Promise<EnqueuedTask> {
    const idempotencyKey = `child:${parent.id}:${step}`
    return this.#host.enqueueChild(task, input, { ...options, owner: this.owner, idempotencyKey }, parent)
  }

  /** The same child of a second attempt gets the same key, whatever else that attempt does differently. */
  #childKey(task: TaskType, input: unknown): string {
    const name = typeof task === 'function' ? task.taskName : task.name
    const print = fingerprint(name, encodeJson(input ?? null, 'parameters'))
    this.#childKeys ??= new Map()
    const count = (this.#childKeys.get(print) ?? 0) + 1
    this.#childKeys.set(print, count)
    return `${print}:${count}`
  }

  get heartbeat(): TaskContext['heartbeat'] {
    return async () => {
      await this.#host.beatNow()
      this.#controller?.signal.throwIfAborted()
    }
  }

  /** Why it was asked to stop first; null when it was not. */
  get abortCause(): AbortCause | null {
    return this.#abortCause
  }

  /** Asks the task to stop. Only the first cause counts, but a lost lease overrules any. */
  abort(cause: AbortCause): void {
    if (this.#abortCause !== null && cause !== 'lease_lost') return
    this.#abortCause = cause
    this.#controller ??= new AbortController()
    this.#controller.abort(new TaskAbortedError(cause))
    this.#onAbort?.(cause)
  }

  /** Called when the task is asked to stop, at once if that has happened already. */
  set onAbort(listener: (cause: AbortCause) => void) {
    this.#onAbort = listener
    if (this.#abortCause !== null) listener(this.#abortCause)
  }

  /** The attempt has ended, whatever of the task may still be running: nothing it says is written any more. */
  end(): void {
    this.#isOver = true
  }

  /** How long it has been running, in milliseconds. */
  get runningForMs(): number {
    return this.#host.clock.monotonic() - this.startedAt
  }

  /** The last progress as JSON text, if there was any since it was taken last. */
  takeProgress(): string | null {
    const progress = this.#progress
    this.#progress = null
    return progress
  }

  /** The report so far as JSON text, if it has changed since it was taken last. */
  takeReport(): string | null {
    const report = this.#report === null ? null : encodeReport(this.#report)
    if (report === this.#reported) return null
    this.#reported = report
    return report
  }

  /** The last beat may not have got through: what it carried is said again. */
  retell(): void {
    this.#reported = null
    if (this.#said !== null) this.#progress = encodeJson(this.#said, 'progress')
  }

  /** What a heartbeat says of it. */
  toOpenTask(): OpenTask {
    return {
      id: this.claim.id,
      token: this.claim.token,
      startedAgoMs: this.runningForMs,
      progress: this.takeProgress(),
      report: this.takeReport(),
    }
  }
}

/** How far the attempt before came; one that cannot be read counts as none. */
function claimedProgress({ progress }: Claim): TaskProgress | null {
  if (progress === null) return null
  try {
    return decodeJson(progress, 'progress') as TaskProgress | null
  } catch {
    return null
  }
}
