import { setTimeout as sleep } from 'node:timers/promises'
import { createDurableBroker } from '@waybill/broker-durable'
import { type EnqueuedTask, Queue, QueueDispatcher, WaybillError } from '@waybill/core'
import { seededRandom } from '@waybill/testing'
import { moment } from '../evidence/moment.ts'
import { Chance } from '../work/chance.ts'
import { JobTasks } from '../work/job-tasks.ts'
import { type Job, randomJob } from '../work/jobs.ts'
import type { Desk } from './desk.ts'
import { ORDERED_QUEUE, OWNERS, type ProducerSetting, QUEUES } from './orders.ts'

const RETRY_MS = 100
/** Producers wait while so many tasks wait: a run is about what goes wrong, not about how much a machine can do. */
const MOST_WAITING = 200
const LOOK_MS = 1_000
/** How many enqueues are under way at once. */
const LANES = 4

/** Enqueues jobs until it is told to stop. */
export async function produce(desk: Desk, setting: ProducerSetting): Promise<void> {
  const producer = new Producer(desk, setting)
  desk.onStop = () => producer.stop()
  desk.ready()
  await producer.run()
  await desk.close()
}

class Producer {
  readonly #desk: Desk
  readonly #setting: ProducerSetting
  readonly #chance: Chance
  readonly #tasks: JobTasks
  readonly #dispatcher: QueueDispatcher
  #isStopped = false
  #isAhead = false
  #jobs = 0

  constructor(desk: Desk, setting: ProducerSetting) {
    this.#desk = desk
    this.#setting = setting
    this.#chance = new Chance(seededRandom(setting.seed))
    const nothing = async (): Promise<never> => await new Promise(() => {})
    this.#tasks = new JobTasks({ work: nothing, crash: nothing })
    const broker = createDurableBroker(desk.log)
    const queues = [...QUEUES.map(({ name }) => name), ORDERED_QUEUE].map((name) => new Queue(name, broker))
    this.#dispatcher = new QueueDispatcher({ queues, taskLog: desk.log, tasks: this.#tasks.all })
  }

  stop(): void {
    this.#isStopped = true
  }

  async run(): Promise<void> {
    const lanes = this.#setting.isOrdered ? 1 : LANES
    const looking = this.#setting.isOrdered ? Promise.resolve() : this.#watchTheQueues()
    await Promise.all(Array.from({ length: lanes }, () => this.#lane(lanes)))
    this.#isStopped = true
    await looking
  }

  async #watchTheQueues(): Promise<void> {
    while (!this.#isStopped) {
      // Who cannot look does not know better than before.
      const queues = await this.#desk.log.queueStates().catch(() => null)
      if (queues !== null)
        this.#isAhead = queues.reduce((sum, { ready, limited }) => sum + ready + limited, 0) > MOST_WAITING
      await sleep(LOOK_MS)
    }
  }

  async #lane(lanes: number): Promise<void> {
    const { isOrdered, pauseMs, limit, crashes } = this.#setting
    while (!this.#isStopped && (limit === null || this.#jobs < limit)) {
      if (this.#isAhead) {
        await sleep(RETRY_MS)
        continue
      }
      this.#jobs += 1
      const name = `${this.#setting.name} ${this.#jobs}`
      if (isOrdered) await this.#enqueueInOrder(name)
      else await this.#enqueue(randomJob(this.#chance, name, { crashes, mostMs: 400 }))
      if (pauseMs > 0) await sleep(this.#chance.between(0, 2 * pauseMs * lanes))
    }
  }

  async #enqueueInOrder(name: string): Promise<void> {
    const job: Job = {
      name,
      kind: 'plain',
      workMs: 0,
      ends: 'well',
      times: 0,
      children: [],
      isDeaf: false,
      checkpoints: false,
    }
    const { id } = await this.#dispatcher.enqueue(this.#tasks.for(job), job, { queue: ORDERED_QUEUE })
    this.#desk.write({ kind: 'ordered', ids: [id] })
  }

  /** What is keyed is enqueued until the answer is known, and now and then twice at once. */
  async #enqueue(job: Job): Promise<void> {
    const owner = this.#chance.pick(OWNERS)
    const key = this.#chance.happens(0.5) ? job.name : null
    const copies = key !== null && this.#chance.happens(0.2) ? 2 : 1
    const options = {
      owner,
      queue: this.#chance.pick(QUEUES).name,
      priority: this.#chance.pick([0, 0, -5]),
      masterStatus: this.#chance.happens(0.1),
      ...(key === null ? undefined : { idempotencyKey: key }),
      ...(this.#chance.happens(0.2) ? { delay: this.#chance.between(1, 2_000) } : undefined),
    }
    const enqueue = (): Promise<EnqueuedTask> => this.#dispatcher.enqueue(this.#tasks.for(job), job, options)
    await Promise.all(
      Array.from({ length: copies }, async () => {
        const task = await this.#untilKnown(key !== null, enqueue)
        if (task !== null) this.#desk.write({ kind: 'enqueue', owner, key, id: task.id, ended: moment() })
      }),
    )
  }

  async #untilKnown(
    isRepeatable: boolean,
    enqueue: () => Promise<EnqueuedTask>,
  ): Promise<EnqueuedTask | null> {
    while (!this.#isStopped) {
      try {
        return await enqueue()
      } catch (error) {
        if (!WaybillError.isInstance(error)) throw error
        if (error.code === 'outcome_unknown' && !isRepeatable) return null
        if (error.code !== 'outcome_unknown' && !error.retryable) throw error
      }
      await sleep(RETRY_MS)
    }
    return null
  }
}
