import {
  type Claim,
  type Clock,
  createToken,
  type EndStatus,
  encodeReport,
  isTaskId,
  type NewTask,
  Report,
  TaskLog,
  type TaskLogBroker,
  type TaskLogOptions,
  type TaskReason,
} from '@waybill/core'
import { createMemoryTaskLog, type MemoryTaskLog } from '@waybill/tasklog-memory'

/** A clock that stands still until it is told to go on. */
export class TestClock implements Clock {
  #ms = Date.parse('2026-11-24T10:00:00Z')
  #timers: { readonly at: number; readonly callback: () => void }[] = []

  now(): number {
    return this.#ms
  }

  monotonic(): number {
    return this.#ms
  }

  setTimer(callback: () => void, ms: number): () => void {
    const timer = { at: this.#ms + ms, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.length
  }

  /** Goes on, and calls what is due then. */
  advance(ms: number): void {
    this.#ms += ms
    const due = this.#timers.filter((timer) => timer.at <= this.#ms)
    this.#timers = this.#timers.filter((timer) => timer.at > this.#ms)
    for (const timer of due) timer.callback()
  }
}

/** A task log in memory, its clock, and a worker's hands. */
export class World {
  readonly clock: TestClock = new TestClock()
  readonly broker: MemoryTaskLog = createMemoryTaskLog({ clock: this.clock })
  readonly log: TaskLog

  constructor(options: TaskLogOptions = {}) {
    this.log = new TaskLog(this.broker, { clock: this.clock, ...options })
  }

  /** Adds an entry a millisecond after the one before; answers its id. */
  async add(task: Partial<NewTask> = {}): Promise<string> {
    this.clock.advance(1)
    return (await this.log.add({ taskName: 'billing.report', owner: 'ada', ...task })).id
  }

  /** Adds one entry after another. */
  async addAll(count: number, task: Partial<NewTask> = {}): Promise<string[]> {
    const ids: string[] = []
    for (let index = 0; index < count; index += 1) ids.push(await this.add(task))
    return ids
  }

  /** Claims an entry. */
  async claim(id: string): Promise<Claim> {
    await this.broker.heartbeat({ worker: 'w1', leaseMs: 3_600_000, info: null, open: [] })
    const from = { ids: [id] }
    const [claim] = await this.broker.claim({ worker: 'w1', token: createToken(), from, limit: 1 })
    if (claim === undefined) throw new Error(`${id} could not be claimed`)
    return claim
  }

  /** Claims an entry and starts it. */
  async run(id: string): Promise<Claim> {
    const claim = await this.claim(id)
    await this.broker.start([claim])
    return claim
  }

  /** Ends a claimed task. */
  async settle(
    claim: Claim,
    to: EndStatus,
    reason: TaskReason | null = null,
    report: Report | null = null,
  ): Promise<boolean> {
    const [answer] = await this.broker.settle([
      {
        id: claim.id,
        token: claim.token,
        to,
        delayMs: 0,
        reason,
        report: report === null ? null : encodeReport(report),
        progress: null,
        startedAgoMs: null,
      },
    ])
    return answer?.accepted === true
  }

  /** Adds an entry that has ended so. */
  async ended(to: EndStatus, task: Partial<NewTask> = {}): Promise<string> {
    const id = await this.add(task)
    await this.settle(
      await this.run(id),
      to,
      to === 'completed' ? null : 'report',
      Report.info(`It has ${to}`),
    )
    return id
  }

  /** An entry in every status the log knows, by status. */
  async oneOfEach(task: Partial<NewTask> = {}): Promise<Record<string, string>> {
    const [enqueued, dequeued, running, archived] = [
      await this.add(task),
      await this.add(task),
      await this.add(task),
      await this.ended('completed', task),
    ]
    const parent = await this.add(task)
    const claim = await this.run(parent)
    const child = await this.add({ ...task, parentId: parent })
    await this.settle(claim, 'completed')
    await this.claim(dequeued)
    await this.run(running)
    await this.log.archive(archived)
    return {
      enqueued,
      dequeued,
      running,
      child_running: parent,
      completed: await this.ended('completed', task),
      failed: await this.ended('failed', task),
      cancelled: await this.ended('cancelled', task),
      archived,
      child,
    }
  }
}

/** An id of the right shape that nobody has. */
export function strangeId(): string {
  const id = '0192f3a0-0000-7000-8000-000000000000'
  if (!isTaskId(id)) throw new Error('no task id')
  return id
}

/** A log with some members replaced, and some taken away: a fault, or a poorer adapter. */
export function altered(
  broker: TaskLogBroker,
  changes: Partial<TaskLogBroker>,
  without: readonly string[] = [],
): TaskLogBroker {
  return new Proxy(broker, {
    get(target, key) {
      const member: unknown = Reflect.get(key in changes ? changes : target, key)
      return typeof member === 'function' && !(key in changes) ? member.bind(target) : member
    },
    has: (target, key) => !without.includes(String(key)) && Reflect.has(target, key),
  })
}
