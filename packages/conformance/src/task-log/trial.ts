import { setTimeout as delay } from 'node:timers/promises'
import {
  type ClaimableTaskLogBroker,
  createTaskId,
  isClaimable,
  type NewTaskLogRecord,
  type RecoveredTask,
  type RecoverRequest,
  type TaskLogBroker,
  type TaskLogRecord,
  type TaskStatus,
  TRANSITIONS,
  type TransitionChange,
} from '@waybill/core'
import { expect } from 'vitest'
import type { OtherProcess } from '../processes/other-process.ts'
import type { ProcessPool } from '../processes/process-pool.ts'
import type { TaskLogSubject } from './initializer.ts'
import { TestWorker } from './test-worker.ts'

/** The queue of entries that name none. */
export const QUEUE = 'default'

/** The owner of entries that name none. */
export const OWNER = 'ada'

/** The fields a rule cares about; the rest is filled in. */
export type EntryFields = Partial<NewTaskLogRecord>

/** An entry as core would hand it on. */
export function entry(fields: EntryFields = {}): NewTaskLogRecord {
  return {
    id: createTaskId(Date.now()),
    parentId: null,
    taskName: 'report.build',
    queue: QUEUE,
    parameters: '{}',
    label: 'Build a report',
    owner: OWNER,
    category: 'unknown',
    metadata: null,
    masterStatus: false,
    priority: 0,
    idempotencyKey: null,
    limitKey: null,
    limitMax: null,
    maxAttempts: 3,
    parentToken: null,
    fingerprint: fields.idempotencyKey ? 'fingerprint' : null,
    delayMs: 0,
    dueAt: null,
    ...fields,
  }
}

/** What all trials of a run share. */
export interface TrialSetting {
  /** See {@link TaskLogInitializer.create}. */
  readonly create: () => Promise<TaskLogSubject>
  /** Lends processes. */
  readonly processes: ProcessPool
}

/** A fresh log and the words in which rules are written. */
export class TaskLogTrial {
  readonly subject: TaskLogSubject
  readonly log: TaskLogBroker
  protected readonly setting: TrialSetting
  readonly #opened: TaskLogBroker[] = []

  constructor(subject: TaskLogSubject, setting: TrialSetting) {
    this.subject = subject
    this.log = subject.log
    this.setting = setting
  }

  /** Another log on the same storage. */
  async open(): Promise<TaskLogBroker> {
    const log = await this.subject.open()
    this.#opened.push(log)
    return log
  }

  /** Adds one entry; answers its id. */
  async add(fields: EntryFields = {}): Promise<string> {
    const [id] = await this.addAll([fields])
    return id
  }

  /** Adds entries with one call; answers their ids. */
  async addAll<const Fields extends readonly EntryFields[]>(
    fields: Fields,
  ): Promise<{ readonly [Index in keyof Fields]: string }> {
    const entries = fields.map(entry)
    const ids = entries.map(({ id }) => id)
    expect(await this.log.add(entries)).toEqual(ids.map((id) => ({ outcome: 'added', id })))
    return ids as { readonly [Index in keyof Fields]: string }
  }

  /** Adds so many entries that are alike; answers their ids. */
  async addMany(
    count: number,
    fields: (index: number) => EntryFields = () => ({}),
  ): Promise<readonly string[]> {
    return this.addAll(Array.from({ length: count }, (_, index) => fields(index)))
  }

  /** The entry; fails when there is none. */
  async get(id: string): Promise<TaskLogRecord> {
    const [record] = await this.log.find([id])
    expect(record, `the entry ${id} exists`).toBeDefined()
    return record as TaskLogRecord
  }

  /** Where the entry stands. */
  async status(id: string): Promise<TaskStatus> {
    return (await this.get(id)).status
  }

  /** Causes an event to entries in any status the event allows; answers those that moved. */
  async cause(
    event: TransitionChange['event'],
    ids: string | readonly string[],
    change: Partial<TransitionChange> = {},
  ): Promise<readonly string[]> {
    return this.log.transition({
      event,
      ids: [ids].flat(),
      from: TRANSITIONS[event].from,
      reason: null,
      report: null,
      ...change,
    })
  }

  /** Lets so many milliseconds of the log's clock pass. */
  async pass(ms: number): Promise<void> {
    if (this.subject.advanceTime !== undefined) return this.subject.advanceTime(ms)
    const until = (await this.log.now()) + ms
    for (let left = ms; left > 0; left = until - (await this.log.now())) await delay(Math.min(left, 50))
  }

  /** Closes every log on the storage and forgets it. */
  async end(): Promise<void> {
    for (const log of [...this.#opened, this.log]) await log.close()
    await this.subject.dispose?.()
  }
}

/** A fresh log that hands tasks to workers. */
export class ClaimTrial extends TaskLogTrial {
  declare readonly log: ClaimableTaskLogBroker
  readonly #elsewhere: { readonly log: ClaimableTaskLogBroker; readonly other: OtherProcess }[] = []
  #workers = 0

  /** Another log on the same storage. */
  override async open(): Promise<ClaimableTaskLogBroker> {
    return (await super.open()) as ClaimableTaskLogBroker
  }

  /** A worker that has beaten. */
  async worker(log: ClaimableTaskLogBroker = this.log): Promise<TestWorker> {
    this.#workers += 1
    const worker = new TestWorker(`worker-${this.#workers}`, log)
    await worker.beat()
    return worker
  }

  /** Lets a worker's lease run out. */
  async expire(worker: TestWorker): Promise<void> {
    await worker.beat({ leaseMs: 1 })
    await this.pass(3)
  }

  /** Another trial, on storage of its own. Whoever asks for it ends it. */
  async fresh(): Promise<ClaimTrial> {
    const trial = new ClaimTrial(await this.setting.create(), this.setting)
    await trial.log.createContainer()
    return trial
  }

  /** A log on the same storage in another process, and the way to kill that process. */
  async elsewhere(): Promise<{ readonly log: ClaimableTaskLogBroker; readonly kill: () => Promise<void> }> {
    const { elsewhere } = this.subject
    if (elsewhere === undefined) {
      throw new Error(
        'The capabilities say multiProcess: true, so create() must say how a log is opened elsewhere.',
      )
    }
    const other = await this.setting.processes.take()
    const log = await other.open(elsewhere)
    this.#elsewhere.push({ log, other })
    return { log, kill: async () => other.kill() }
  }

  /** Logs that get in each other's way: two here and, where the log allows it, two in processes of their own. */
  async contenders(): Promise<readonly ClaimableTaskLogBroker[]> {
    const here = [this.log, await this.open()]
    if (!this.log.capabilities.multiProcess) return here
    const others = await Promise.all([this.elsewhere(), this.elsewhere()])
    return [...here, ...others.map(({ log }) => log)]
  }

  /** Takes tasks from dead workers: all of them, due again at once. */
  async recover(request: Partial<RecoverRequest> = {}): Promise<readonly RecoveredTask[]> {
    return this.log.recover({ limit: 1_000, baseDelayMs: 0, maxDelayMs: 0, ...request })
  }

  /** Gives the other processes back, then ends as every trial. */
  override async end(): Promise<void> {
    for (const { log, other } of this.#elsewhere) {
      if (other.isRunning) await log.close()
      this.setting.processes.give(other)
    }
    await super.end()
  }
}

/** A trial on a fresh subject. */
export async function createTrial(setting: TrialSetting): Promise<TaskLogTrial> {
  const subject = await setting.create()
  return isClaimable(subject.log) ? new ClaimTrial(subject, setting) : new TaskLogTrial(subject, setting)
}
