import { defineTask, LongRunningWorker, Report, type TaskContext } from '@waybill/core'
import { describe, expect, it } from 'vitest'
import { BROKERS, drain, fixture, until } from './fixture.ts'

interface Child {
  readonly name: string
  readonly result: 'ok' | 'error'
}

/** Every order of the elements. */
function permutations<Element>(elements: readonly Element[]): Element[][] {
  if (elements.length < 2) return [[...elements]]
  return elements.flatMap((element, index) =>
    permutations(elements.filter((_, other) => other !== index)).map((rest) => [element, ...rest]),
  )
}

describe.each(BROKERS)('a parent over $name', ({ create: broker }) => {
  const orders = permutations(['parent', 'a', 'b', 'c'])
  const results = ['ok', 'error'] as const

  it.each(results)(
    'of three children, one of them %s, ends right in every order of endings',
    async (result) => {
      for (const order of orders) {
        const gates = new Map(order.map((name) => [name, Promise.withResolvers<void>()]))
        const ended: string[] = []
        const child = defineTask({
          name: 'child',
          run: async ({ name, result: outcome }: Child) => {
            await gates.get(name)?.promise
            return outcome === 'ok' ? Report.success(name) : Report.error(name)
          },
        })
        const parent = defineTask({
          name: 'parent',
          run: async (_: undefined, context: TaskContext) => {
            for (const name of ['a', 'b', 'c']) {
              await context.enqueueChild(child, { name, result: name === 'b' ? result : 'ok' })
            }
            await gates.get('parent')?.promise
            return Report.success('parent')
          },
        })
        const { dispatcher } = fixture([parent, child], { broker })
        const { id } = await dispatcher.enqueue(parent, undefined)
        const worker = new LongRunningWorker(dispatcher, { sweepMs: 10, onTask: (run) => ended.push(run.id) })
        const running = worker.run()
        await until(() => worker.running === 4, `four running tasks (${order.join(' ')})`)
        for (const [index, name] of order.entries()) {
          expect((await dispatcher.taskLog.getById(id)).finishedAt, order.join(' ')).toBeNull()
          gates.get(name)?.resolve()
          await until(() => ended.length === index + 1, `${name} to end`)
        }
        const expected =
          result === 'ok'
            ? { status: 'completed', reason: null }
            : { status: 'failed', reason: 'child_failed' }
        expect(await dispatcher.taskLog.getById(id), order.join(' ')).toMatchObject(expected)
        worker.stop()
        await running
      }
    },
  )

  it('is child_running after its own end while a child is open', async () => {
    const child = defineTask({ name: 'child', run: () => Report.success('child') })
    const parent = defineTask({
      name: 'parent',
      run: async (_: undefined, context) => {
        await context.enqueueChild(child, undefined, { delay: '1h' })
        return Report.success('parent')
      },
    })
    const { dispatcher, log } = fixture([parent, child], { broker })
    const { id } = await dispatcher.enqueue(parent, undefined)
    await drain(dispatcher)
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({
      status: 'child_running',
      outcome: 'completed',
    })
    const [only] = await log.search({
      where: { kind: 'column', column: 'parentId', operator: 'eq', value: id },
      sort: 'id',
      direction: 'ascending',
      limit: 1,
      offset: 0,
      after: null,
      omit: [],
    })
    await dispatcher.taskLog.cancel(only?.id ?? '')
    expect(await dispatcher.taskLog.getStatus(id)).toBe('completed')
  })

  it('with master status ends by itself, whatever its children do', async () => {
    const child = defineTask({ name: 'child', run: () => Report.error('child') })
    const parent = defineTask({
      name: 'parent',
      run: async (_: undefined, context) => {
        await context.enqueueChild(child, undefined)
        return Report.success('parent')
      },
    })
    const { dispatcher } = fixture([parent, child], { broker })
    const { id } = await dispatcher.enqueue(parent, undefined, { masterStatus: true })
    await drain(dispatcher)
    expect(await dispatcher.taskLog.getStatus(id)).toBe('completed')
  })

  it('that runs again finds its children instead of adding them twice', async () => {
    const child = defineTask({ name: 'child', run: () => Report.success('child') })
    const parent = defineTask({
      name: 'parent',
      retry: { attempts: 2, backoff: { baseMs: 1, maxMs: 1 } },
      run: async (_: undefined, context) => {
        const same = [
          await context.enqueueChild(child, undefined),
          await context.enqueueChild(child, undefined),
        ]
        const keyed = await context.enqueueChild(child, undefined, { key: `once` })
        if (context.attempt === 1) throw new Error('again')
        return Report.success(`${[...same, keyed].filter(({ existing }) => existing).length} existed`)
      },
    })
    const { dispatcher, log } = fixture([parent, child], { broker })
    const { id } = await dispatcher.enqueue(parent, undefined)
    const worker = new LongRunningWorker(dispatcher, { sweepMs: 5 })
    const running = worker.run()
    await dispatcher.taskLog.wait([id], { timeout: '3s' })
    worker.stop()
    await running
    expect((await dispatcher.taskLog.getReport(id))?.message).toBe('3 existed')
    expect(await log.count({ kind: 'column', column: 'parentId', operator: 'eq', value: id })).toBe(3)
  })

  it('that was cancelled takes what waits below it along', async () => {
    const child = defineTask({ name: 'child', run: () => Report.success('child') })
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    const parent = defineTask({
      name: 'parent',
      run: async (_: undefined, context) => {
        await context.enqueueChild(child, undefined, { delay: '1h' })
        await Promise.race([
          held,
          new Promise((_resolve, reject) =>
            context.signal.addEventListener('abort', () => reject(context.signal.reason as Error)),
          ),
        ])
        return Report.success('parent')
      },
    })
    const { dispatcher, log } = fixture([parent, child], { broker })
    const { id } = await dispatcher.enqueue(parent, undefined)
    const worker = new LongRunningWorker(dispatcher, { beatMs: 10 })
    const running = worker.run()
    const children = { kind: 'column', column: 'parentId', operator: 'eq', value: id } as const
    await until(async () => (await log.count(children)) === 1, 'the child')
    await dispatcher.taskLog.cancel(id)
    await dispatcher.taskLog.wait([id], { timeout: '3s' })
    letGo()
    worker.stop()
    await running
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({ status: 'cancelled' })
    expect(await log.stats(children)).toMatchObject({ cancelled: 1, enqueued: 0 })
  })
})
