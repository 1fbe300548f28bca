import { createDurableBroker } from '@waybill/broker-durable'
import { createMemoryBroker } from '@waybill/broker-memory'
import {
  type Broker,
  type ClaimableTaskLogBroker,
  defineTask,
  LongRunningWorker,
  Queue,
  QueueDispatcher,
  type ResultFilter,
  type ResultFilterFactory,
  type ResultSearcher,
  type ResultUnitProcessor,
  TaskLogFilter,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  AbstractMigrationTask,
  DefaultMigrationConfigFactory,
  DefaultResultFilterFactory,
  PositionTracker,
  runChain,
  spawnMigration,
} from '../src/index.ts'

const processed: number[] = []
const searched: ResultFilter[] = []
const parameters: unknown[] = []
let poison: number | null = null
beforeEach(() => {
  processed.length = 0
  searched.length = 0
  parameters.length = 0
  poison = null
})

class ItemToMediaRelation extends AbstractMigrationTask<number> {
  static override readonly taskName = 'ItemToMediaRelation'

  protected override getResultSearcher(): ResultSearcher<number> {
    parameters.push(this.parameters)
    return {
      async *search(filter) {
        searched.push(filter)
        for (let at = filter.start; at < filter.end; at += 1) yield { id: `item-${at}`, value: at }
      },
    }
  }

  protected override getUnitProcessor(): ResultUnitProcessor<number> {
    return {
      process({ id, value }) {
        if (value === poison) throw new RangeError(`${id} has no media`)
        processed.push(value)
      },
    }
  }

  protected override getResultFilterFactory(): ResultFilterFactory {
    return new DefaultResultFilterFactory(() => 25)
  }
}

const other = defineTask({ name: 'other', run: () => {} })

function dispatcherOver(broker: (log: ClaimableTaskLogBroker) => Broker): QueueDispatcher {
  const log = createMemoryTaskLog()
  const queues = [new Queue('queue', broker(log))]
  return new QueueDispatcher({ queues, taskLog: log, tasks: [ItemToMediaRelation, other], owner: 'ada' })
}

const OPTIONS = {
  target: 'ItemToMediaRelation',
  chunkSize: 10,
  pickSize: 0,
  repeat: true,
  customParameters: { start: '0', anotherOption: '' },
}

const upTo = (end: number, start = 0): number[] =>
  Array.from({ length: end - start }, (_, index) => start + index)

describe('a chain of migration tasks', () => {
  it.each([
    ['a sync queue', () => createMemoryBroker({ sync: true })],
    ['the durable queue', createDurableBroker],
  ] as const)('goes chunk by chunk to the very end, over %s', async (_, broker) => {
    const dispatcher = dispatcherOver(broker)
    const { id } = await spawnMigration(dispatcher, OPTIONS)
    const first = await runChain(dispatcher, id)
    expect(first.status).toBe('completed')
    expect(first.report?.children.map(({ message }) => message)).toEqual(['Respawning additional task'])
    expect(processed).toEqual(upTo(25))
    expect(searched).toEqual([
      { start: 0, end: 10, max: 25 },
      { start: 10, end: 20, max: 25 },
      { start: 20, end: 25, max: 25 },
    ])
    expect(parameters.at(-1)).toMatchObject({ start: 20, anotherOption: '', chunkSize: 10, repeat: true })
    const others = await dispatcher.taskLog.search(new TaskLogFilter().eq('parentId', id).sortBy('createdAt'))
    expect([...others].map(({ label, owner, status }) => ({ label, owner, status }))).toEqual(
      [10, 20].map((start) => ({
        label: `Unit processing by ItemToMediaRelation from ${start} with chunk size of 10`,
        owner: 'ada',
        status: 'completed',
      })),
    )
  })

  it('without repeat it is one chunk, and says how to go on', async () => {
    const dispatcher = dispatcherOver(createDurableBroker)
    const { id } = await spawnMigration(dispatcher, { ...OPTIONS, repeat: false })
    const { report } = await runChain(dispatcher, id)
    expect(processed).toEqual(upTo(10))
    expect(report?.children[0]?.message).toMatch(/provide the flag -rp/)
  })

  it('the first unit that fails ends the chain, which has then failed', async () => {
    poison = 14
    const dispatcher = dispatcherOver(createDurableBroker)
    const { id } = await spawnMigration(dispatcher, OPTIONS)
    const first = await runChain(dispatcher, id)
    expect(first).toMatchObject({ status: 'failed', reason: 'child_failed' })
    expect(processed).toEqual(upTo(14))
    const [second] = await dispatcher.taskLog.search(new TaskLogFilter().eq('parentId', id))
    expect(second?.report?.children.map(({ message }) => message)).toEqual(['item-14 has no media'])
  })

  it('a worker that runs a chunk twice spawns the next one once', async () => {
    const dispatcher = dispatcherOver(createDurableBroker)
    const { id } = await spawnMigration(dispatcher, OPTIONS)
    let fail = true
    const worker = new LongRunningWorker(dispatcher, {
      drain: true,
      immediateRetries: true,
      around: [
        async (_, next) => {
          const report = await next()
          if (fail) {
            fail = false
            throw new Error('lost after it had spawned')
          }
          return report
        },
      ],
    })
    await worker.run()
    expect((await dispatcher.taskLog.getById(id)).status).toBe('completed')
    const twice = [...upTo(10), ...upTo(25)].sort((left, right) => left - right)
    expect(processed.toSorted((left, right) => left - right)).toEqual(twice)
    expect(await dispatcher.taskLog.count()).toBe(3)
  })

  it.each([
    ['an unknown target', { target: 'Nothing' }, /no task "Nothing".*ItemToMediaRelation/],
    ['a target that is no migration task', { target: 'other' }, /does not extend AbstractMigrationTask/],
    ['a missing start', { customParameters: {} }, /start: this parameter is missing/],
    ['a wrong start', { customParameters: { start: 'x' } }, /start: expected a whole number/],
    ['a wrong chunk size', { chunkSize: 0 }, /chunkSize: expected a whole number from 1/],
  ])('%s is one clear error, and nothing is spawned', async (_, options, message) => {
    const dispatcher = dispatcherOver(createDurableBroker)
    await expect(spawnMigration(dispatcher, { ...OPTIONS, ...options })).rejects.toThrow(message)
    expect(await dispatcher.taskLog.count()).toBe(0)
  })
})

it('a config is made of numbers and of texts, and needs start, chunkSize, pickSize and repeat', () => {
  const factory = new DefaultMigrationConfigFactory()
  expect(factory.create({ start: '5', chunkSize: 10, pickSize: 0, repeat: 'true', more: 'x' })).toEqual({
    start: 5,
    chunkSize: 10,
    pickSize: 0,
    repeat: true,
    customParameters: { more: 'x' },
  })
  for (const name of ['start', 'chunkSize', 'pickSize', 'repeat']) {
    const missing = { start: 0, chunkSize: 1, pickSize: 0, repeat: false, [name]: undefined }
    expect(() => factory.create(missing)).toThrow(`${name}: this parameter is missing`)
  }
})

it('a position tracker keeps the last position by id', async () => {
  const tracker = new PositionTracker()
  expect(await tracker.getLastPosition('items')).toBe(0)
  await tracker.keepCurrentPosition('items', 42)
  await tracker.keepCurrentPosition('media', 7)
  expect(await tracker.getLastPosition('items')).toBe(42)
})
