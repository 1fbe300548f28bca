import { defineTask, Report } from '@waybill/core'
import { createSimulation, type Simulation } from '@waybill/testing'
import { describe, expect, it } from 'vitest'

const ok = defineTask({ name: 'ok', run: () => Report.success('ran') })
const flaky = defineTask({
  name: 'flaky',
  run: (_: undefined, { attempt }) => {
    if (attempt < 3) throw new Error('not yet')
    return Report.success('at last')
  },
})

describe('a simulation', () => {
  it('runs one attempt', async () => {
    const simulation = createSimulation({ tasks: [flaky] })
    const { id } = await simulation.dispatcher.enqueue(flaky, undefined)
    expect(await simulation.runOne()).toMatchObject({ id, status: 'enqueued' })
    expect(await simulation.taskLog.getById(id)).toMatchObject({ attempt: 1, reason: 'error' })
  })

  it('keeps to its own time, also in a task of another simulation', async () => {
    const inner = createSimulation({ tasks: [ok] })
    const nesting = defineTask({
      name: 'nesting',
      run: async () => {
        const slept = inner.sleep('1h')
        await inner.advance('1h')
        await slept
        return Report.success('slept')
      },
    })
    const outer = createSimulation({ tasks: [nesting] })
    const { id } = await outer.dispatcher.enqueue(nesting, undefined)
    expect(await outer.runOne()).toMatchObject({ id, status: 'completed' })
  })

  it('drains what is ready', async () => {
    const simulation = createSimulation({ tasks: [ok] })
    await simulation.dispatcher.enqueueMany(
      Array.from({ length: 50 }, () => ({ task: ok, input: undefined })),
    )
    await simulation.drain()
    expect(await simulation.log.stats({ kind: 'and', nodes: [] })).toMatchObject({ completed: 50 })
  })

  it('waits for retries and delays without waiting', async () => {
    const simulation = createSimulation({ tasks: [ok, flaky] })
    const late = await simulation.dispatcher.enqueue(ok, undefined, { delay: '3h' })
    const retried = await simulation.dispatcher.enqueue(flaky, undefined)
    const began = performance.now()
    await simulation.drain({ untilEnded: '8h' })
    expect(performance.now() - began).toBeLessThan(60_000)
    expect(await simulation.taskLog.getStatus(retried.id)).toBe('completed')
    const { createdAt, startedAt } = await simulation.taskLog.getById(late.id)
    expect((startedAt?.getTime() ?? 0) - (createdAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(3 * 3_600_000)
  }, 60_000)

  it('moves the task of a killed worker to another within lease, sweep and a second', async () => {
    const { simulation, starts } = sleeper('10s')
    const { id } = await simulation.dispatcher.enqueue(simulation.task, undefined)
    const first = simulation.startWorker()
    await simulation.until(() => starts.length === 1)
    await simulation.advance('1500ms')
    simulation.startWorker()
    first.kill()
    const killedAt = simulation.clock.monotonic()
    await simulation.until(() => starts.length === 2)
    expect(simulation.clock.monotonic() - killedAt).toBeLessThanOrEqual(3_000 + 1_100 + 1_000)
    await simulation.until(async () => (await simulation.taskLog.getStatus(id)) === 'completed')
    expect(await simulation.taskLog.getById(id)).toMatchObject({ worker: 'worker-2', attempt: 2 })
  })

  it('U9: what a killed worker had fetched and not started comes back, and all of it ends', async () => {
    const { simulation } = sleeper('2s')
    const { task } = simulation
    await simulation.dispatcher.enqueueMany(Array.from({ length: 20 }, () => ({ task, input: undefined })))
    const first = simulation.startWorker({ concurrency: 20 })
    await simulation.until(() => first.worker.running === 20)
    first.kill()
    simulation.startWorker({ concurrency: 20 })
    await simulation.until(
      async () => (await simulation.log.stats({ kind: 'and', nodes: [] })).completed === 20,
    )
  })

  it('accepts nothing from a worker that was frozen past its lease and wakes', async () => {
    const { simulation, starts, aborted } = sleeper('60s', '2s')
    const { id } = await simulation.dispatcher.enqueue(simulation.task, undefined)
    const first = simulation.startWorker()
    await simulation.until(() => starts.length === 1)
    simulation.startWorker()
    first.freeze()
    await simulation.until(async () => (await simulation.taskLog.getStatus(id)) === 'completed')
    const before = await simulation.taskLog.getById(id)
    first.thaw()
    first.worker.stop()
    await simulation.advance('10s')
    expect((await first.finished).byStatus).toEqual({})
    expect((await simulation.taskLog.getById(id)).record).toEqual(before.record)
    expect(before).toMatchObject({ worker: 'worker-2' })
    expect(aborted).toEqual(['lease_lost'])
  })
})

/** A task whose first attempt takes this long, and whose further ones may take another time. */
function sleeper(
  duration: string,
  later: string = duration,
): {
  simulation: Simulation & { task: typeof ok }
  starts: string[]
  aborted: string[]
} {
  const starts: string[] = []
  const aborted: string[] = []
  const task = defineTask({
    name: 'sleeper',
    run: async (_: undefined, { id, signal }) => {
      starts.push(id)
      signal.addEventListener('abort', () => aborted.push((signal.reason as { reason: string }).reason))
      await simulation.sleep(starts.length === 1 ? duration : later, signal)
      return Report.success('slept')
    },
  })
  const simulation: Simulation = createSimulation({ tasks: [task] })
  return { simulation: Object.assign(simulation, { task }), starts, aborted }
}
