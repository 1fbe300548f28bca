import {
  type Claim,
  createToken,
  defineTask,
  NotFoundError,
  Queue,
  QueueDispatcher,
  Report,
} from '@waybill/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDurableBroker, type DurableBroker, type ExplanationCode, explainTask } from '../src/index.ts'
import { type FreshLog, freshLog } from './fresh-log.ts'
import { DATABASES } from './open-log.ts'

const plain = defineTask({ name: 'plain', run: () => Report.success('ran') })
const shared = defineTask({
  name: 'shared',
  limit: { key: (_: undefined, { owner }) => owner, concurrency: 1 },
  run: () => Report.success('ran'),
})

/** What a case is brought about with: a queue of its own, and a worker that looks at nothing else. */
class Stage {
  readonly log: FreshLog['log']
  readonly broker: DurableBroker
  readonly queue: string
  readonly worker: string
  readonly dispatcher: QueueDispatcher

  constructor(log: FreshLog['log'], queue: string) {
    this.log = log
    this.broker = createDurableBroker(log)
    this.queue = queue
    this.worker = `worker of ${queue}`
    const queues = [new Queue(queue, this.broker)]
    this.dispatcher = new QueueDispatcher({ taskLog: log, queues, tasks: [plain, shared] })
  }

  async enqueue(options: { delay?: string; parent?: string } = {}): Promise<string> {
    return (await this.dispatcher.enqueue(plain, undefined, options as object)).id
  }

  async beat(leaseMs = 600_000, tasks: readonly string[] = ['plain', 'shared']): Promise<void> {
    const info = JSON.stringify({ queues: [this.queue], tasks })
    await this.log.heartbeat({ worker: this.worker, leaseMs, info, open: [] })
  }

  async claim(id: string): Promise<Claim> {
    const { worker } = this
    const claims = await this.log.claim({ worker, token: createToken(), from: { ids: [id] }, limit: 1 })
    expect(claims).toHaveLength(1)
    return claims[0] as Claim
  }

  async settle({ id, token }: Claim, to: 'completed' | 'retry', delayMs = 0): Promise<void> {
    const said = { reason: null, report: null, progress: null, startedAgoMs: 0 }
    await this.log.settle([{ id, token, to, delayMs, ...said }])
  }
}

interface Case {
  /** Brings it about; answers the task to ask about. */
  readonly bring: (stage: Stage) => Promise<string>
  /** The sentence. */
  readonly says: RegExp
  readonly facts: object
}

const CASES: Readonly<Record<ExplanationCode, Case>> = {
  ended: {
    async bring(stage) {
      const id = await stage.enqueue()
      await stage.beat()
      await stage.settle(await stage.claim(id), 'completed')
      return id
    },
    says: /^It has ended as completed\.$/,
    facts: { outcome: 'completed', reason: null, finishedAt: expect.stringMatching(/^20.*Z$/) },
  },
  not_due: {
    async bring(stage) {
      const id = await stage.enqueue()
      await stage.beat()
      await stage.settle(await stage.claim(id), 'retry', 3_600_000)
      return id
    },
    says: /^It is due at 20\S+Z\. Attempt 1 is over/,
    facts: { inMs: expect.closeTo(3_600_000, -6), attempt: 1 },
  },
  limit_key: {
    async bring({ dispatcher }) {
      const options = { owner: 'ada' }
      await dispatcher.enqueue(shared, undefined, options)
      return (await dispatcher.enqueue(shared, undefined, options)).id
    },
    says: /^Of the tasks with the limit key "ada" 1 may run at once, and 1 are ready or running\.$/,
    facts: { limitKey: 'ada', limitMax: 1, active: 1 },
  },
  paused: {
    async bring(stage) {
      await stage.beat()
      await stage.broker.pause(stage.queue)
      return await stage.enqueue()
    },
    says: /^The queue paused is paused\.$/,
    facts: { queue: 'paused' },
  },
  queue_limit: {
    async bring(stage) {
      await stage.beat()
      await stage.broker.limit(stage.queue, 1)
      await stage.claim(await stage.enqueue())
      return await stage.enqueue()
    },
    says: /^The queue queue_limit lets 1 task run at once, and 1 are held\.$/,
    facts: { concurrency: 1, held: 1 },
  },
  no_worker: {
    bring: (stage) => stage.enqueue(),
    says: /^No worker is running for the queue no_worker\.$/,
    facts: { queue: 'no_worker' },
  },
  unknown_to_workers: {
    async bring(stage) {
      await stage.beat(600_000, ['another'])
      return await stage.enqueue()
    },
    says: /^1 worker of the queue unknown_to_workers is running; none knows a task named plain\.$/,
    facts: { taskName: 'plain', workers: 1 },
  },
  waits_its_turn: {
    async bring(stage) {
      await stage.beat()
      await stage.enqueue()
      // Instants of the log tell who came first.
      const began = await stage.log.now()
      while ((await stage.log.now()) === began);
      return await stage.enqueue()
    },
    says: /^It is ready; 1 task of its queue is ahead of it\.$/,
    facts: { ahead: 1 },
  },
  fetched: {
    async bring(stage) {
      const id = await stage.enqueue()
      await stage.beat()
      await stage.claim(id)
      return id
    },
    says: /^Worker worker of fetched has fetched it/,
    facts: { worker: 'worker of fetched', startedAt: null },
  },
  running: {
    async bring(stage) {
      const id = await stage.enqueue()
      await stage.beat()
      const { token } = await stage.claim(id)
      const open = [{ id, token, startedAgoMs: 0, progress: null, report: null }]
      await stage.log.heartbeat({ worker: stage.worker, leaseMs: 600_000, info: null, open })
      return id
    },
    says: /^It is running on worker worker of running since 20\S+Z\.$/,
    facts: { worker: 'worker of running', leaseUntil: expect.stringMatching(/^20.*Z$/) },
  },
  worker_dead: {
    async bring(stage) {
      const id = await stage.enqueue()
      await stage.beat(500)
      await stage.claim(id)
      const isAlive = async () =>
        (await stage.log.workerStates()).some(({ worker, alive }) => worker === stage.worker && alive)
      while (await isAlive());
      return id
    },
    says: /^Worker worker of worker_dead has not been heard of since 20\S+Z; the next sweep takes it back\.$/,
    facts: { worker: 'worker of worker_dead' },
  },
  waits_for_children: {
    async bring(stage) {
      const id = await stage.enqueue()
      await stage.beat()
      const claim = await stage.claim(id)
      await stage.enqueue({ parent: id })
      await stage.settle(claim, 'completed')
      return id
    },
    says: /^It has run and waits for 1 child task\.$/,
    facts: { open: 1 },
  },
}

describe.each(DATABASES)('why a task is not running, on %s', (database) => {
  const cleanUps: (() => unknown)[] = []
  let log: FreshLog['log']

  beforeAll(async () => {
    log = (await freshLog(database, (cleanUp) => void cleanUps.push(cleanUp as () => unknown))).log
  })

  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  test.each(Object.entries(CASES))('%s', async (code, { bring, says, facts }) => {
    const id = await bring(new Stage(log, code))
    const explanation = await explainTask(log, id)
    expect(explanation).toMatchObject({ id, code, facts })
    expect(explanation.answer).toMatch(says)
    expect(explanation.status).toBe((await log.find([id]))[0]?.status)
  })

  test('a task that is not there cannot be explained', async () => {
    await expect(explainTask(log, '01920000-0000-7000-8000-000000000000')).rejects.toThrow(NotFoundError)
  })
})
