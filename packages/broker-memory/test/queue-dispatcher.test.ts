import {
  AbstractTask,
  defineTask,
  InvalidInputError,
  NotFoundError,
  Queue,
  QueueDispatcher,
  Report,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { describe, expect, it } from 'vitest'
import { createMemoryBroker } from '../src/index.ts'
import { fixture, sum } from './fixture.ts'

const async = (name: string, weight = 1): Queue => new Queue(name, createMemoryBroker(), { weight })
const taskLog = createMemoryTaskLog()

describe('the options of a dispatcher', () => {
  it('need at least one queue', () => {
    expect(() => new QueueDispatcher({ queues: [], taskLog })).toThrow(InvalidInputError)
  })

  it('need a task log', () => {
    expect(() => new QueueDispatcher({ queues: [async('a')], taskLog: undefined as never })).toThrow(
      /taskLog/,
    )
  })

  it('refuse two queues of one name', () => {
    expect(() => new QueueDispatcher({ queues: [async('a'), async('a')], taskLog })).toThrow(
      /two queues named "a"/,
    )
  })

  it('refuse an association to a queue that is not registered', () => {
    const associations = { sum: 'nowhere' }
    expect(() => new QueueDispatcher({ queues: [async('a')], taskLog, associations })).toThrow(NotFoundError)
  })

  it('refuse a default queue that is not registered', () => {
    expect(() => new QueueDispatcher({ queues: [async('a')], taskLog, defaultQueue: 'b' })).toThrow(
      NotFoundError,
    )
  })

  it('make the first queue the default', () => {
    const dispatcher = new QueueDispatcher({ queues: [async('a'), async('b')], taskLog })
    expect(dispatcher.getDefaultQueue().name).toBe('a')
  })
})

describe('the queues of a dispatcher', () => {
  const { dispatcher } = fixture({ queues: [async('a'), async('b')] })

  it('are added once, found by name, listed in order and removed', () => {
    dispatcher.addQueue(async('c'))
    expect(() => dispatcher.addQueue(async('c'))).toThrow(InvalidInputError)
    expect(dispatcher.getQueueNames()).toEqual(['a', 'b', 'c'])
    expect(dispatcher.getQueues().map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(dispatcher.hasQueue('c')).toBe(true)
    dispatcher.removeQueue('c')
    expect(dispatcher.hasQueue('c')).toBe(false)
  })

  it('are named in the error for one that is not there', () => {
    expect(() => dispatcher.getQueue('z')).toThrow(/no queue "z".*a, b/)
  })

  it('keep the default queue', () => {
    expect(() => dispatcher.removeQueue('a')).toThrow(/default/)
  })

  it('are counted together', async () => {
    await dispatcher.enqueue(sum, { left: 1, right: 2 }, { queue: 'a' })
    await dispatcher.enqueue(sum, { left: 1, right: 2 }, { queue: 'b' })
    expect(await dispatcher.count()).toBe(2)
  })

  it('are sync only together', () => {
    expect(dispatcher.isSync()).toBe(false)
    expect(fixture().dispatcher.isSync()).toBe(true)
    const mixed = [async('a'), new Queue('s', createMemoryBroker({ sync: true }))]
    expect(fixture({ queues: mixed }).dispatcher.isSync()).toBe(false)
  })
})

describe('the queue of a task', () => {
  const chooses = defineTask({
    name: 'chooses',
    queue: ({ large }: { large: boolean }) => (large ? 'b' : undefined),
    run: () => Report.success('done'),
  })
  class ChoosesToo extends AbstractTask<{ large: boolean }> {
    static override readonly taskName = 'chooses.too'
    override queue(): string | undefined {
      return this.getParameter('large') ? 'b' : ''
    }
    run(): Report {
      return Report.success('done')
    }
  }
  const queues = [async('a'), async('b'), async('c')]

  it('is the one the task chooses by its parameters', async () => {
    const { dispatcher } = fixture({ queues, associations: { chooses: 'c', 'chooses.too': 'c' } })
    expect(dispatcher.getQueueForTask(chooses, { large: true }).name).toBe('b')
    expect((await dispatcher.enqueue(new ChoosesToo({ large: true }))).queue).toBe('b')
  })

  it('is the associated one when the task answers nothing', async () => {
    const { dispatcher } = fixture({ queues, associations: { chooses: 'c', 'chooses.too': 'c' } })
    expect(dispatcher.getQueueForTask(chooses, { large: false }).name).toBe('c')
    expect((await dispatcher.enqueue(new ChoosesToo({ large: false }))).queue).toBe('c')
  })

  it('is the default one when nothing says otherwise', () => {
    const { dispatcher } = fixture({ queues })
    expect(dispatcher.getQueueForTask(chooses, { large: false }).name).toBe('a')
  })

  it('is linked at run time, by task or by name, to a registered queue only', () => {
    const { dispatcher } = fixture({ queues })
    dispatcher.linkTaskToQueue(sum, 'b')
    expect(dispatcher.getQueueForTask(sum, { left: 1, right: 1 }).name).toBe('b')
    dispatcher.linkTaskToQueue('sum', 'c')
    expect(dispatcher.getQueueForTask(sum, { left: 1, right: 1 }).name).toBe('c')
    expect(() => dispatcher.linkTaskToQueue(sum, 'nowhere')).toThrow(NotFoundError)
  })
})

describe('a task that is created', () => {
  it('is enqueued and says so', async () => {
    const { dispatcher, log } = fixture({ queues: [async('a')] })
    const task = await dispatcher.createTask(sum, { left: 1, right: 2 }, 'Fancy label')
    expect(task.isEnqueued()).toBe(true)
    const [entry] = await log.find([task.id])
    expect(entry).toMatchObject({
      label: 'Fancy label',
      status: 'enqueued',
      taskName: 'sum',
      owner: 'anonymous',
    })
    expect(JSON.parse(entry?.parameters ?? '')).toEqual({ left: 1, right: 2 })
  })

  it('takes the owner of its parent', async () => {
    const { dispatcher, log } = fixture({ queues: [async('a')], owner: 'somebody' })
    const parent = await dispatcher.enqueue(sum, { left: 1, right: 2 }, { owner: 'ada' })
    const byObject = await dispatcher.createTask(sum, { left: 1, right: 2 }, 'child', parent)
    const byId = await dispatcher.createTask(sum, { left: 1, right: 2 }, 'child', parent.id, true)
    expect([byObject.owner, byId.owner]).toEqual(['ada', 'ada'])
    expect((await log.find([byId.id]))[0]).toMatchObject({ parentId: parent.id, masterStatus: true })
  })

  it('otherwise takes the owner of the session at that moment', async () => {
    let session = 'ada'
    const { dispatcher } = fixture({ queues: [async('a')], owner: () => session })
    expect((await dispatcher.enqueue(sum, { left: 1, right: 1 })).owner).toBe('ada')
    session = 'grace'
    expect((await dispatcher.enqueue(sum, { left: 1, right: 1 })).owner).toBe('grace')
    dispatcher.setOwner('set')
    expect(dispatcher.getOwner()).toBe('set')
  })

  it('is not enqueued when the log fails, and no message is pushed (U4)', async () => {
    const { dispatcher, log } = fixture({ queues: [async('a')] })
    await log.close()
    await expect(dispatcher.enqueue(sum, { left: 1, right: 2 })).rejects.toMatchObject({ code: 'closed' })
    expect(await dispatcher.count()).toBe(0)
  })
})

describe('a task on a sync queue', () => {
  it('has run, with its report saved, when enqueue resolves', async () => {
    const { dispatcher } = fixture()
    const task = await dispatcher.enqueue(sum, { left: 1, right: 2 })
    expect(await dispatcher.taskLog.getStatus(task.id)).toBe('completed')
    expect((await dispatcher.taskLog.getReport(task.id))?.message).toBe('3')
  })

  it('is the very one that was enqueued, however many are enqueued at once', async () => {
    const { dispatcher } = fixture()
    const lefts = Array.from({ length: 20 }, (_, index) => index)
    await Promise.all(
      lefts.map(async (left) => {
        const task = await dispatcher.enqueue(sum, { left, right: 0 })
        expect((await dispatcher.taskLog.getReport(task.id))?.message).toBe(`${left}`)
      }),
    )
  })

  it('uses up its attempts at once', async () => {
    let runs = 0
    const fails = defineTask({
      name: 'fails',
      run: () => {
        runs += 1
        throw new Error('no')
      },
    })
    const { dispatcher } = fixture({ tasks: [fails] })
    const task = await dispatcher.enqueue(fails, undefined)
    expect(await dispatcher.taskLog.getStatus(task.id)).toBe('failed')
    expect(runs).toBe(3)
  })

  it('runs its children before it resolves', async () => {
    const family = defineTask({
      name: 'family',
      run: async (_: undefined, context) => {
        await context.enqueueChild(sum, { left: 1, right: 2 })
        return Report.success('parent')
      },
    })
    const { dispatcher } = fixture({ tasks: [family, sum] })
    const task = await dispatcher.enqueue(family, undefined)
    expect(await dispatcher.taskLog.getStatus(task.id)).toBe('completed')
  })
})

describe('many tasks', () => {
  it('are enqueued in one call, in order', async () => {
    const { dispatcher, log } = fixture({ queues: [async('a')] })
    const tasks = await dispatcher.enqueueMany([
      { task: sum, input: { left: 1, right: 1 }, options: { label: 'first' } },
      { task: sum, input: { left: 2, right: 2 } },
    ])
    expect(tasks.map(({ label }) => label)).toEqual(['first', 'sum'])
    expect(await log.find(tasks.map(({ id }) => id))).toHaveLength(2)
    expect(await dispatcher.count()).toBe(2)
  })

  it('are none when one of them is wrong', async () => {
    const { dispatcher, log } = fixture({ queues: [async('a')] })
    const items = [
      { task: sum, input: { left: 1, right: 1 } },
      { task: sum, input: { left: Number.NaN, right: 2 } },
    ] as const
    await expect(dispatcher.enqueueMany(items)).rejects.toThrow(/parameters\.left/)
    expect(await log.count({ kind: 'and', nodes: [] })).toBe(0)
  })
})

describe('the category of a task', () => {
  const exporting = defineTask({ name: 'exporting', category: 'export', run: () => Report.success('done') })

  it('is the one it says, or unknown', async () => {
    const { dispatcher, log } = fixture({ queues: [async('a')] })
    const said = await dispatcher.enqueue(exporting, undefined)
    const silent = await dispatcher.enqueue(sum, { left: 1, right: 1 })
    expect((await log.find([said.id]))[0]?.category).toBe('export')
    expect((await log.find([silent.id]))[0]?.category).toBe('unknown')
  })

  it('is the one the task log links it to', async () => {
    const { dispatcher, log } = fixture({ queues: [async('a')] })
    dispatcher.taskLog.linkTaskToCategory('sum', 'import')
    const { id } = await dispatcher.enqueue(sum, { left: 1, right: 1 })
    expect((await log.find([id]))[0]?.category).toBe('import')
  })
})

describe('a parent of another owner', () => {
  it('is refused like one that does not exist', async () => {
    const { dispatcher } = fixture({ queues: [async('a')] })
    const ada = await dispatcher.enqueue(sum, { left: 1, right: 1 }, { owner: 'ada' })
    const asEve = { owner: 'eve', parent: ada.id }
    await expect(dispatcher.enqueue(sum, { left: 1, right: 1 }, asEve)).rejects.toMatchObject({
      code: 'parent_refused',
      refusal: 'parent_missing',
    })
  })
})

describe('an idempotency key', () => {
  it('enqueues once, and answers with the first task', async () => {
    const { dispatcher } = fixture({ queues: [async('a')] })
    const first = await dispatcher.enqueue(sum, { left: 1, right: 2 }, { idempotencyKey: 'once' })
    const again = await dispatcher.enqueue(sum, { right: 2, left: 1 }, { idempotencyKey: 'once' })
    expect(again.id).toBe(first.id)
    expect([first.existing, again.existing]).toEqual([false, true])
    expect(await dispatcher.count()).toBe(1)
  })

  it('with other parameters is a conflict that names the first task', async () => {
    const { dispatcher } = fixture({ queues: [async('a')] })
    const first = await dispatcher.enqueue(sum, { left: 1, right: 2 }, { idempotencyKey: 'once' })
    const other = dispatcher.enqueue(sum, { left: 9, right: 2 }, { idempotencyKey: 'once' })
    await expect(other).rejects.toMatchObject({ code: 'idempotency_conflict', existingId: first.id })
  })

  it('of one owner says nothing about another owner', async () => {
    const { dispatcher } = fixture({ queues: [async('a')] })
    const ada = await dispatcher.enqueue(sum, { left: 1, right: 2 }, { idempotencyKey: 'once', owner: 'ada' })
    const eve = await dispatcher.enqueue(sum, { left: 9, right: 2 }, { idempotencyKey: 'once', owner: 'eve' })
    expect(eve.id).not.toBe(ada.id)
  })
})
