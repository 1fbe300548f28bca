import {
  AbstractTask,
  type CategorizedStatus,
  defineTask,
  OneTimeWorker,
  Report,
  type TaskContext,
} from '@waybill/core'
import { describe, expect, it } from 'vitest'
import { BROKERS, drain, fixture } from './fixture.ts'

const FAST = { backoff: { baseMs: 1, maxMs: 1 } }

describe.each(BROKERS)('a task from $name', ({ create: broker }) => {
  it('that returns a successful report is completed with it', async () => {
    const task = defineTask({ name: 't', run: () => Report.success('done', { files: 3 }) })
    const { dispatcher } = fixture([task], { broker })
    const { id } = await dispatcher.enqueue(task, undefined)
    expect(await drain(dispatcher)).toEqual({ tasks: 1, byStatus: { completed: 1 }, lost: 0 })
    const entry = await dispatcher.taskLog.getById(id)
    expect(entry.status).toBe('completed')
    expect((await dispatcher.taskLog.getReport(id))?.toJSON()).toEqual({
      type: 'success',
      message: 'done',
      data: { files: 3 },
    })
  })

  it.each([
    ['an error report', Report.error('no')],
    ['an error deep in its tree', Report.success('top').add(Report.info('middle').add(Report.error('deep')))],
  ])('that returns %s has failed for good', async (_, report) => {
    let runs = 0
    const task = defineTask({
      name: 't',
      run: () => {
        runs += 1
        return report
      },
    })
    const { dispatcher } = fixture([task], { broker })
    const { id } = await dispatcher.enqueue(task, undefined)
    await drain(dispatcher)
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({ status: 'failed', reason: 'report' })
    expect(runs).toBe(1)
  })

  it.each([
    ['at once', (value: unknown) => value],
    ['later', async (value: unknown) => value],
  ])('that returns %s what nobody can look at has failed, and the worker goes on', async (_, give) => {
    const refuse = (): never => {
      throw new Error('do not look')
    }
    const hostile = new Proxy({}, { getPrototypeOf: refuse })
    const odd = defineTask({ name: 'odd', retry: { attempts: 1 }, run: () => give(hostile) as never })
    const even = defineTask({ name: 'even', run: () => {} })
    const { dispatcher } = fixture([odd, even], { broker })
    const { id } = await dispatcher.enqueue(odd, undefined)
    await dispatcher.enqueue(even, undefined)
    expect(await drain(dispatcher)).toEqual({ tasks: 2, byStatus: { failed: 1, completed: 1 }, lost: 0 })
    expect((await dispatcher.taskLog.getReport(id))?.message).toContain('do not look')
  })

  it('that returns a failed report which asks for it is tried again', async () => {
    let runs = 0
    const task = defineTask({
      name: 't',
      retry: FAST,
      run: () => {
        runs += 1
        return runs < 2 ? Report.error('not yet').retry({ after: '1ms' }) : Report.success('now')
      },
    })
    const { dispatcher } = fixture([task], { broker })
    const { id } = await dispatcher.enqueue(task, undefined)
    await untilEnded(dispatcher, id)
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({ status: 'completed', attempt: 2 })
  })

  it.each([undefined, null, 42, 'text', { a: 1 }])(
    'that returns %j gets an info report that says so',
    async (value) => {
      const task = defineTask({ name: 't', run: () => value })
      const { dispatcher } = fixture([task], { broker })
      const { id } = await dispatcher.enqueue(task, undefined)
      await drain(dispatcher)
      const report = await dispatcher.taskLog.getReport(id)
      expect([report?.type, report?.message]).toEqual(['info', 'The task returned no report.'])
    },
  )

  it('that throws is tried again up to its attempts, and its error is the report', async () => {
    const attempts: number[] = []
    const task = defineTask({
      name: 't',
      retry: { ...FAST, attempts: 3 },
      run: (_: undefined, { attempt }) => {
        attempts.push(attempt)
        throw new Error(`boom ${attempt}`)
      },
    })
    const { dispatcher } = fixture([task], { broker })
    const { id } = await dispatcher.enqueue(task, undefined)
    await untilEnded(dispatcher, id)
    expect(attempts).toEqual([1, 2, 3])
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({
      status: 'failed',
      reason: 'error',
      attempt: 3,
    })
    expect((await dispatcher.taskLog.getReport(id))?.message).toContain('boom 3')
  })

  it('gets its input back from the schema, and never runs with one that no longer fits', async () => {
    const seen: unknown[] = []
    const run = (parameters: unknown): Report => {
      seen.push(parameters)
      return Report.success('ok')
    }
    const schema = (accepts: (value: unknown) => boolean) => ({
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) =>
          accepts(value) ? { value: { wrapped: value } } : { issues: [{ message: 'too old', path: ['v'] }] },
      },
    })
    const before = defineTask({ name: 't', input: schema(() => true), run })
    const after = defineTask({ name: 't', input: schema(() => false), run })
    const { log, dispatcher } = fixture([before], { broker })
    await dispatcher.enqueue(before, { v: 1 })
    await drain(dispatcher)
    expect(seen).toEqual([{ wrapped: { v: 1 } }])
    const { id } = await dispatcher.enqueue(before, { v: 1 })
    const redeployed = fixture([after], { broker, log })
    await drain(redeployed.dispatcher)
    await untilEnded(redeployed.dispatcher, id)
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({ status: 'failed', reason: 'undecodable' })
    expect((await dispatcher.taskLog.getReport(id))?.message).toContain('parameters.v')
    expect(seen).toHaveLength(1)
  })

  it('of a class runs with its parameters and knows its id', async () => {
    const seen: unknown[] = []
    class Import extends AbstractTask<{ file: string }> {
      static override readonly taskName = 'import'
      run(context: TaskContext): Report {
        seen.push([this.getParameter('file'), this.id === context.id, this.isEnqueued()])
        return Report.success('imported')
      }
    }
    const { dispatcher } = fixture([Import], { broker })
    const task = new Import({ file: 'a.csv' })
    expect(task.isEnqueued()).toBe(false)
    await dispatcher.enqueue(task, { label: 'Import a.csv' })
    expect(task.isEnqueued()).toBe(true)
    await drain(dispatcher)
    expect(seen).toEqual([['a.csv', true, true]])
  })

  it('that follows a remote one runs until that has ended, in one entry', async () => {
    const remote: CategorizedStatus[] = ['created', 'in_progress', 'completed']
    let runs = 0
    const task = defineTask({
      name: 't',
      remote: { interval: '1ms', status: () => remote[runs - 1] as CategorizedStatus },
      run: () => {
        runs += 1
        return Report.success(`looked ${runs} times`)
      },
    })
    const { dispatcher, log } = fixture([task], { broker })
    const { id } = await dispatcher.enqueue(task, undefined)
    await untilEnded(dispatcher, id)
    expect(runs).toBe(3)
    expect(await log.count({ kind: 'and', nodes: [] })).toBe(1)
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({ status: 'completed' })
  })

  it('that follows a remote one fails when that failed', async () => {
    class Remote extends AbstractTask<{ key: string }> {
      static override readonly taskName = 'remote'
      override remoteStatus(): CategorizedStatus {
        return this.getParameter('key') === 'bad' ? 'failed' : 'completed'
      }
      run(): Report {
        return Report.success('asked')
      }
    }
    const { dispatcher } = fixture([Remote], { broker })
    const bad = await dispatcher.enqueue(new Remote({ key: 'bad' }))
    const good = await dispatcher.enqueue(new Remote({ key: 'good' }))
    await drain(dispatcher)
    expect(await dispatcher.taskLog.getById(bad.id)).toMatchObject({
      status: 'failed',
      reason: 'remote_failed',
    })
    expect(await dispatcher.taskLog.getStatus(good.id)).toBe('completed')
  })

  it('that was cancelled while it was queued never starts', async () => {
    let runs = 0
    const task = defineTask({
      name: 't',
      run: () => {
        runs += 1
        return Report.success('ran')
      },
    })
    const { dispatcher } = fixture([task], { broker })
    const { id } = await dispatcher.enqueue(task, undefined)
    await dispatcher.taskLog.cancel(id)
    await drain(dispatcher)
    expect(runs).toBe(0)
    expect(await dispatcher.taskLog.getStatus(id)).toBe('cancelled')
    expect(await dispatcher.count()).toBe(0)
  })

  it('waits for its delay', async () => {
    const task = defineTask({ name: 't', run: () => Report.success('ran') })
    const { dispatcher } = fixture([task], { broker })
    const { id } = await dispatcher.enqueue(task, undefined, { delay: 40 })
    await untilEnded(dispatcher, id)
    const { createdAt, startedAt } = (await dispatcher.taskLog.getById(id)).record
    expect((startedAt ?? 0) - (createdAt ?? 0)).toBeGreaterThanOrEqual(40)
  })
})

async function untilEnded(dispatcher: Parameters<typeof drain>[0], id: string): Promise<void> {
  const { LongRunningWorker } = await import('@waybill/core')
  const worker = new LongRunningWorker(dispatcher, { sweepMs: 5 })
  const running = worker.run()
  await dispatcher.taskLog.wait([id], { timeout: '5s' })
  worker.stop()
  await running
}

describe('a one-time worker', () => {
  it('runs one task and leaves the next', async () => {
    const task = defineTask({ name: 't', run: () => Report.success('ran') })
    const { dispatcher, log } = fixture([task])
    const first = await dispatcher.enqueue(task, undefined)
    const second = await dispatcher.enqueue(task, undefined)
    expect(await new OneTimeWorker(dispatcher).run()).toMatchObject({ id: first.id, status: 'completed' })
    expect(await dispatcher.taskLog.getStatus(second.id)).toBe('enqueued')
    expect(await log.workerStates()).toEqual([])
  })

  it('answers null when there is nothing to run', async () => {
    expect(await new OneTimeWorker(fixture([]).dispatcher).run()).toBeNull()
  })

  it('runs the very task it is given', async () => {
    const task = defineTask({ name: 't', run: () => Report.success('ran') })
    const { dispatcher } = fixture([task])
    await dispatcher.enqueue(task, undefined)
    const second = await dispatcher.enqueue(task, undefined)
    expect(await new OneTimeWorker(dispatcher, { id: second.id }).run()).toMatchObject({ id: second.id })
  })
})
