import {
  AbstractTask,
  defineTask,
  InvalidInputError,
  LongRunningWorker,
  Queue,
  QueueDispatcher,
  TaskRegistry,
  WaybillError,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { describe, expect, it } from 'vitest'
import { createMemoryBroker } from '../src/index.ts'

const anything = defineTask({ name: 'anything', run: (_: unknown) => undefined })

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

const BAD_PARAMETERS: readonly (readonly [string, unknown, RegExp])[] = [
  ['NaN', { a: [1, Number.NaN] }, /parameters\.a\[1\]/],
  ['Infinity', { a: Number.POSITIVE_INFINITY }, /parameters\.a/],
  ['minus zero', { a: -0 }, /parameters\.a/],
  ['a BigInt', { a: 1n }, /parameters\.a/],
  ['an unsafe integer', { a: 2 ** 53 }, /parameters\.a/],
  ['undefined in an array', { a: [undefined] }, /parameters\.a\[0\]/],
  ['a function', { a: () => 1 }, /parameters\.a/],
  ['a symbol', { a: Symbol('s') }, /parameters\.a/],
  ['a Date', { at: new Date(0) }, /parameters\.at/],
  ['an invalid Date', { at: new Date(Number.NaN) }, /parameters\.at/],
  ['a Map', { a: new Map() }, /parameters\.a/],
  ['a Buffer', { a: new Uint8Array(1) }, /parameters\.a/],
  ['a class instance', { a: new (class Thing {})() }, /parameters\.a/],
  ['a cycle', cyclic, /parameters\.self/],
  ['NUL', { a: 'b\0c' }, /parameters\.a/],
  ['a lone surrogate', { a: '\ud800' }, /parameters\.a/],
  ['a __proto__ key', JSON.parse('{"a":{"__proto__":{"admin":true}}}'), /parameters\.a/],
  ['a constructor key', { constructor: 1 }, /parameters/],
  ['depth 65', nested(65), /parameters/],
  ['1 MB + 1', 'x'.repeat(1_048_575), /parameters/],
]

const BAD_OPTIONS: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
  ['a label of 256 characters', { label: 'l'.repeat(256) }, /^label/],
  ['a label with NUL', { label: 'a\0' }, /^label/],
  ['a label that is no text', { label: 7 }, /^label/],
  ['an empty owner', { owner: '' }, /^owner/],
  ['an owner with a control character', { owner: 'ada\n' }, /^owner/],
  ['a huge owner', { owner: 'o'.repeat(191) }, /^owner/],
  ['a priority that is no integer', { priority: 1.5 }, /^priority/],
  ['a priority beyond 16 bits', { priority: 32_768 }, /^priority/],
  ['a negative delay', { delay: -1 }, /^delay/],
  ['a delay nobody understands', { delay: 'soon' }, /^delay/],
  ['an endless delay', { delay: Number.POSITIVE_INFINITY }, /^delay/],
  ['an invalid date', { runAt: new Date(Number.NaN) }, /^runAt/],
  ['a date that is none', { runAt: '2026-01-01' }, /^runAt/],
  ['both delay and date', { delay: 1, runAt: new Date(0) }, /^runAt/],
  ['an empty key', { idempotencyKey: '' }, /^idempotencyKey/],
  ['metadata that is no object', { metadata: [1] }, /^metadata/],
  ['metadata that is no JSON', { metadata: { at: new Date(0) } }, /^metadata\.at/],
  ['no attempts', { attempts: 0 }, /^attempts/],
  ['a parent that is no id', { parent: 'x', owner: 'ada' }, /^parentId/],
  ['a master status that is no boolean', { masterStatus: 'yes' }, /^masterStatus/],
]

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { n: nested(depth - 1) }
}

describe('enqueue', () => {
  const log = createMemoryTaskLog()
  const dispatcher = new QueueDispatcher({ queues: [new Queue('queue', createMemoryBroker())], taskLog: log })

  async function refused(call: Promise<unknown>, path: RegExp): Promise<void> {
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(InvalidInputError)
    expect((error as Error).message).toMatch(path)
    expect((error as Error).message.length).toBeLessThan(500)
    expect(await log.count({ kind: 'and', nodes: [] })).toBe(0)
    expect(await dispatcher.count()).toBe(0)
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  }

  it.each(BAD_PARAMETERS)(
    'refuses %s in the input, naming the path, and stores nothing',
    async (_, input, path) => {
      await refused(dispatcher.enqueue(anything, input), path)
    },
  )

  it.each(BAD_OPTIONS)('refuses %s, naming the option, and stores nothing', async (_, options, path) => {
    await refused(dispatcher.enqueue(anything, 1, options), path)
  })

  it('takes exactly 1 MB, counted in bytes', async () => {
    const twoBytes = 'é'.repeat((1_048_576 - 2) / 2)
    const { id } = await dispatcher.enqueue(anything, twoBytes)
    await log.transition({ ids: [id], event: 'cancel', from: ['enqueued'], reason: null, report: null })
    await log.delete([id])
    await dispatcher.dequeue({ worker: 'w' })
    await refused(dispatcher.enqueue(anything, `${twoBytes}a`), /parameters/)
  })

  it.each(['constructor', '__proto__', 'toString'])(
    'of a task named %s finds only what was registered',
    (name) => {
      expect(new TaskRegistry([anything]).get(name)).toBeUndefined()
    },
  )

  it.each([undefined, null, 42, {}, () => 1, class {}])('refuses %s as a task', (task) => {
    expect(() => dispatcher.linkTaskToQueue(task as never, 'queue')).toThrow(WaybillError)
    expect(() => new TaskRegistry([task as never])).toThrow(WaybillError)
  })

  it('refuses a queue that is not there, and says which are', async () => {
    await expect(dispatcher.enqueue(anything, 1, { queue: 'nowhere' })).rejects.toThrow(
      /no queue "nowhere".*queue/,
    )
  })
})

describe('defining a task', () => {
  const run = (): undefined => undefined

  it.each([
    ['an empty name', { name: '', run }, /^name/],
    ['a name with a slash in front', { name: '/etc/passwd', run }, /^name/],
    ['a name of 191 characters', { name: 'n'.repeat(191), run }, /^name/],
    ['nothing to run', { name: 't' }, /run/],
    ['a category nobody knows', { name: 't', category: 'other', run }, /category/],
    ['no attempts', { name: 't', retry: { attempts: 0 }, run }, /attempts/],
    ['a timeout nobody understands', { name: 't', timeout: 'long', run }, /timeout/],
    ['a priority that is none', { name: 't', priority: Number.NaN, run }, /priority/],
    ['a limit of nothing', { name: 't', limit: { key: () => 'k', concurrency: 0 }, run }, /limit/],
  ])('refuses %s', (_, options, message) => {
    expect(() => defineTask(options as never)).toThrow(InvalidInputError)
    expect(() => defineTask(options as never)).toThrow(message)
  })

  it('refuses two tasks of one name, but takes the same one twice', () => {
    const other = defineTask({ name: 'anything', run })
    expect(() => new TaskRegistry([anything, anything])).not.toThrow()
    expect(() => new TaskRegistry([anything, other])).toThrow(/two tasks are named "anything"/)
  })

  it('refuses a class without a name', () => {
    class Nameless extends AbstractTask {
      run(): undefined {}
    }
    expect(() => new TaskRegistry([Nameless])).toThrow(InvalidInputError)
  })
})

describe('a worker', () => {
  const dispatcher = new QueueDispatcher({
    queues: [new Queue('queue', createMemoryBroker())],
    taskLog: createMemoryTaskLog(),
  })

  it.each([
    { concurrency: 0 },
    { concurrency: 1.5 },
    { limit: 0 },
    { prefetch: -1 },
    { grace: 'x' },
    { queues: ['z'] },
  ])('refuses %j', (options) => {
    expect(() => new LongRunningWorker(dispatcher, options as never)).toThrow(WaybillError)
  })
})
