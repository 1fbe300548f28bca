import { EventEmitter } from 'node:events'
import {
  currentTask,
  defineTask,
  handleSignals,
  LongRunningWorker,
  Report,
  type TaskAbortedError,
  type TaskDefinition,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { describe, expect, it } from 'vitest'
import { drain, fixture, until } from './fixture.ts'

interface Gate {
  readonly task: TaskDefinition<undefined, undefined>
  /** Reasons for which the signals of running tasks were aborted. */
  readonly aborted: string[]
  readonly started: string[]
  open(): void
}

/** A task that runs until the gate opens or its signal is aborted. */
function gate(options: { timeout?: number; attempts?: number } = {}): Gate {
  const opened = Promise.withResolvers<void>()
  const aborted: string[] = []
  const started: string[] = []
  const task = defineTask({
    name: 'gate',
    retry: { attempts: options.attempts ?? 3, backoff: { baseMs: 1, maxMs: 1 } },
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    run: async (_: undefined, { id, signal }) => {
      started.push(id)
      await Promise.race([
        opened.promise,
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push((signal.reason as TaskAbortedError).reason)
            reject(signal.reason as Error)
          })
        }),
      ])
      return Report.success('through the gate')
    },
  })
  return { task, aborted, started, open: () => opened.resolve() }
}

const LEASE = { leaseMs: 300, beatMs: 20, sweepMs: 20 }

describe('a long-running worker', () => {
  it('runs as many tasks at once as its concurrency says, never more', async () => {
    let running = 0
    let most = 0
    const task = defineTask({
      name: 't',
      run: async () => {
        running += 1
        most = Math.max(most, running)
        await new Promise((resolve) => setTimeout(resolve, 5))
        running -= 1
        return Report.success('ran')
      },
    })
    const { dispatcher } = fixture([task])
    await dispatcher.enqueueMany(Array.from({ length: 40 }, () => ({ task, input: undefined })))
    await drain(dispatcher, { concurrency: 4 })
    expect(most).toBe(4)
  })

  it('stops at its limit, and the rest stays queued with no attempt counted', async () => {
    const task = defineTask({ name: 't', run: () => Report.success('ran') })
    const { dispatcher, log } = fixture([task])
    await dispatcher.enqueueMany(Array.from({ length: 30 }, () => ({ task, input: undefined })))
    expect((await new LongRunningWorker(dispatcher, { limit: 7 }).run()).tasks).toBe(7)
    expect(await log.stats({ kind: 'and', nodes: [] })).toMatchObject({
      completed: 7,
      enqueued: 23,
      dequeued: 0,
    })
    expect(await log.count({ kind: 'column', column: 'attempt', operator: 'eq', value: 0 })).toBe(23)
  })

  it('waits for running tasks when it is stopped, and gives back what it has not started', async () => {
    const { task, started, open } = gate()
    const { dispatcher, log } = fixture([task])
    await dispatcher.enqueueMany(Array.from({ length: 5 }, () => ({ task, input: undefined })))
    const worker = new LongRunningWorker(dispatcher, { concurrency: 2 })
    const running = worker.run()
    await until(() => started.length === 2, 'two running tasks')
    worker.stop()
    expect(worker.state).toBe('stopping')
    open()
    expect(await running).toMatchObject({ byStatus: { completed: 2 } })
    expect(await log.stats({ kind: 'and', nodes: [] })).toMatchObject({ completed: 2, enqueued: 3 })
    expect(await log.workerStates()).toEqual([])
  })

  it('gives back, uncounted, what a claim still brings after it was stopped', async () => {
    const { task, started } = gate()
    const log = createMemoryTaskLog()
    const { dispatcher } = fixture([task], { log })
    const { id } = await dispatcher.enqueue(task, undefined)
    const worker = new LongRunningWorker(dispatcher)
    const claim = log.claim.bind(log)
    log.claim = async (request) => {
      const claims = await claim(request)
      worker.stop()
      return claims
    }
    await worker.run()
    expect(started).toEqual([])
    expect(await log.find([id])).toMatchObject([{ status: 'enqueued', attempt: 0, reason: 'shutdown' }])
  })

  it('aborts what goes on beyond the grace, and the attempt is not counted', async () => {
    const { task, aborted, started } = gate()
    const { dispatcher } = fixture([task])
    const { id } = await dispatcher.enqueue(task, undefined)
    const worker = new LongRunningWorker(dispatcher, { grace: '20ms' })
    const running = worker.run()
    await until(() => started.length === 1, 'a running task')
    worker.stop()
    await running
    expect(aborted).toEqual(['shutdown'])
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({
      status: 'enqueued',
      attempt: 0,
      reason: 'shutdown',
    })
  })

  it('leaves a task behind that ignores its signal', async () => {
    const task = defineTask({ name: 't', run: () => new Promise(() => {}) })
    const { dispatcher } = fixture([task])
    const { id } = await dispatcher.enqueue(task, undefined)
    const worker = new LongRunningWorker(dispatcher, { grace: '10ms', abandonMs: 20 })
    const running = worker.run()
    await until(async () => worker.running === 1, 'a running task')
    worker.stop()
    await running
    expect(await dispatcher.taskLog.getStatus(id)).toBe('enqueued')
  })

  it('starts nothing while it is paused, and goes on when resumed', async () => {
    const { task, started, open } = gate()
    open()
    const { dispatcher } = fixture([task])
    const worker = new LongRunningWorker(dispatcher, LEASE)
    const running = worker.run()
    await until(() => worker.state === 'running', 'a running worker')
    worker.pause()
    const { id } = await dispatcher.enqueue(task, undefined)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(started).toEqual([])
    worker.resume()
    await until(() => started.length === 1, 'the task to start')
    worker.stop()
    await running
    expect(await dispatcher.taskLog.getStatus(id)).toBe('completed')
  })

  it('is steered by signals: one drains, a second aborts, USR2 pauses, CONT goes on', async () => {
    const { task, aborted, started } = gate()
    const { dispatcher } = fixture([task])
    await dispatcher.enqueue(task, undefined)
    const worker = new LongRunningWorker(dispatcher)
    const source = new EventEmitter()
    const dispose = handleSignals(worker, source)
    const running = worker.run()
    await until(() => started.length === 1, 'a running task')
    source.emit('SIGUSR2')
    expect(worker.state).toBe('paused')
    source.emit('SIGCONT')
    expect(worker.state).toBe('running')
    source.emit('SIGTERM')
    expect([worker.state, aborted]).toEqual(['stopping', []])
    source.emit('SIGINT')
    await running
    expect(aborted).toEqual(['shutdown'])
    dispose()
    expect(source.eventNames()).toEqual([])
  })

  it('aborts a running task that somebody cancels, within a heartbeat', async () => {
    const { task, aborted, started } = gate()
    const { dispatcher } = fixture([task])
    const { id } = await dispatcher.enqueue(task, undefined)
    const worker = new LongRunningWorker(dispatcher, LEASE)
    const running = worker.run()
    await until(() => started.length === 1, 'a running task')
    await dispatcher.taskLog.cancel(id)
    await dispatcher.taskLog.wait([id], { timeout: '2s' })
    worker.stop()
    await running
    expect(aborted).toEqual(['cancelled'])
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({ status: 'cancelled', reason: 'cancelled' })
  })

  it('aborts a task at its timeout and tries it again, up to its attempts', async () => {
    const { task, aborted } = gate({ timeout: 10, attempts: 2 })
    const { dispatcher } = fixture([task])
    const { id } = await dispatcher.enqueue(task, undefined)
    const worker = new LongRunningWorker(dispatcher, { sweepMs: 5 })
    const running = worker.run()
    await dispatcher.taskLog.wait([id], { timeout: '2s' })
    worker.stop()
    await running
    expect(aborted).toEqual(['timeout', 'timeout'])
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({
      status: 'failed',
      reason: 'timeout',
      attempt: 2,
    })
  })

  it('refuses the outcome of a task that was forced away from it, and tells the task', async () => {
    const { task, aborted, started } = gate()
    const { dispatcher } = fixture([task])
    const { id } = await dispatcher.enqueue(task, undefined)
    const worker = new LongRunningWorker(dispatcher, LEASE)
    const running = worker.run()
    await until(() => started.length === 1, 'a running task')
    await dispatcher.taskLog.cancel(id, { force: true })
    await until(() => aborted.length === 1, 'the abort')
    worker.stop()
    expect(await running).toMatchObject({ lost: 1 })
    expect(aborted).toEqual(['lease_lost'])
    expect(await dispatcher.taskLog.getStatus(id)).toBe('cancelled')
  })

  it('gives a task back that it does not know, and fails it when it is old enough', async () => {
    const known = defineTask({ name: 'known', run: () => Report.success('ran') })
    const { dispatcher, log } = fixture([])
    const { id } = await dispatcher.enqueue(known, undefined)
    await drain(dispatcher)
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({
      status: 'enqueued',
      attempt: 0,
      reason: 'unknown_task',
    })
    const { dispatcher: strict } = fixture([], { log })
    await log.transition({ ids: [id], event: 'cancel', from: ['enqueued'], reason: null, report: null })
    const other = await strict.enqueue(known, undefined)
    await drain(strict, { unknownTaskMs: 0 })
    expect(await strict.taskLog.getById(other.id)).toMatchObject({ status: 'failed', reason: 'unknown_task' })
  })

  it('gives code deep below the task its context', async () => {
    const deep = async (): Promise<string | undefined> => {
      await Promise.resolve()
      return currentTask()?.label
    }
    const task = defineTask({ name: 't', run: async () => Report.success((await deep()) ?? 'none') })
    const { dispatcher } = fixture([task])
    const { id } = await dispatcher.enqueue(task, undefined, { label: 'from afar' })
    await drain(dispatcher)
    expect((await dispatcher.taskLog.getReport(id))?.message).toBe('from afar')
    expect(currentTask()).toBeUndefined()
  })

  it('lets a task take its context apart', async () => {
    const task = defineTask({
      name: 't',
      run: async (_: undefined, { progress, heartbeat, checkpoint, enqueueChild, log, report }) => {
        progress(1, 2)
        await heartbeat()
        await checkpoint({ page: 1 })
        await enqueueChild(child, undefined)
        log.info('apart')
        return report
      },
    })
    const child = defineTask({ name: 'child', run: () => Report.success('child') })
    const { dispatcher } = fixture([task, child])
    const { id } = await dispatcher.enqueue(task, undefined)
    await drain(dispatcher)
    expect(await dispatcher.taskLog.getStatus(id)).toBe('completed')
  })

  it('wraps each run in its hooks, the first outermost', async () => {
    const order: string[] = []
    const task = defineTask({
      name: 't',
      run: () => {
        order.push('run')
        return Report.success('ran')
      },
    })
    const { dispatcher } = fixture([task])
    await dispatcher.enqueue(task, undefined)
    const hook = (name: string) => async (_: unknown, next: () => Promise<unknown>) => {
      order.push(`${name} in`)
      const result = await next()
      order.push(`${name} out`)
      return result
    }
    await drain(dispatcher, { around: [hook('outer'), hook('inner')] })
    expect(order).toEqual(['outer in', 'inner in', 'run', 'inner out', 'outer out'])
  })

  it('shows progress and report while the task runs, however often they change', async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<void>()
    const task = defineTask({
      name: 't',
      run: async (_: undefined, context) => {
        for (let done = 1; done <= 10_000; done += 1) context.progress(done, 10_000, 'counting')
        context.report.add(Report.warning('row 7 is empty'))
        await told
        return context.report
      },
    })
    const { dispatcher } = fixture([task])
    const { id } = await dispatcher.enqueue(task, undefined)
    const worker = new LongRunningWorker(dispatcher, LEASE)
    const running = worker.run()
    await until(async () => (await dispatcher.taskLog.getById(id)).record.progress != null, 'progress')
    const { record } = await dispatcher.taskLog.getById(id)
    expect(record).toMatchObject({ status: 'running' })
    expect(JSON.parse(record.progress ?? '')).toEqual({ done: 10_000, total: 10_000, message: 'counting' })
    expect(record.report).toContain('row 7 is empty')
    tell()
    await dispatcher.taskLog.wait([id], { timeout: '2s' })
    worker.stop()
    await running
  })
})
