import { defineTask, Report, StoreError, type TaskAbortedError } from '@waybill/core'
import { type CallFate, createSimulation, type Fate, type Simulation } from '@waybill/testing'
import { describe, expect, it } from 'vitest'

const UNHARMED: CallFate = { beforeMs: 1, refuse: null, loseReply: null, afterMs: 1 }
const REFUSED: CallFate = {
  ...UNHARMED,
  refuse: new StoreError('store_unavailable', 'no', { retryable: true }),
}
const LOST: CallFate = { ...UNHARMED, loseReply: new StoreError('outcome_unknown', 'who knows') }
const LATE: CallFate = { ...LOST, beforeMs: 5_000 }

const GONE: CallFate = { ...UNHARMED, beforeMs: Number.POSITIVE_INFINITY }

/** The first `times` calls of a method meet a fate; all others are unharmed. */
function first(times: number, method: string, fate: CallFate): Fate {
  let left = times
  return (called) => {
    if (called !== method || left === 0) return UNHARMED
    left -= 1
    return fate
  }
}

interface Tried {
  readonly simulation: Simulation
  readonly starts: string[]
  enqueue(): Promise<string>
}

function simulated(attempts = 3): Tried {
  const starts: string[] = []
  const task = defineTask({
    name: 'task',
    retry: { attempts },
    run: (_: undefined, { id }) => {
      starts.push(id)
      return Report.success('ran')
    },
  })
  const simulation = createSimulation({ tasks: [task] })
  return {
    simulation,
    starts,
    enqueue: async () => (await simulation.dispatcher.enqueue(task, undefined)).id,
  }
}

describe('a worker that lives on', () => {
  it('runs a task whose claim it never heard of', async () => {
    const { simulation, starts, enqueue } = simulated()
    const id = await enqueue()
    simulation.startWorker({}, first(1, 'claim', LOST))
    await simulation.until(() => starts.length === 1, '10s')
    await simulation.until(async () => (await simulation.taskLog.getStatus(id)) === 'completed', '1s')
    expect((await simulation.taskLog.getById(id)).attempt).toBe(1)
  })

  it('runs a task whose claim arrived long after it had been given up', async () => {
    const { simulation, starts, enqueue } = simulated()
    await enqueue()
    simulation.startWorker({}, (method) =>
      method === 'claim' && simulation.clock.monotonic() < 10_000 ? LATE : UNHARMED,
    )
    await simulation.until(() => starts.length === 1, '30s')
  })

  it.each([
    ['refused', REFUSED],
    ['lost', LOST],
  ])('runs a task whose start was %s', async (_, fate) => {
    const { simulation, starts, enqueue } = simulated(1)
    const id = await enqueue()
    simulation.startWorker({}, first(1, 'start', fate))
    await simulation.until(() => starts.length === 1, '10s')
    await simulation.until(async () => (await simulation.taskLog.getStatus(id)) === 'completed', '1s')
    expect((await simulation.taskLog.getById(id)).attempt).toBe(1)
  })

  it.each([
    ['refused', REFUSED],
    ['lost', LOST],
  ])('ends a task once though its settlement was %s five times', async (_, fate) => {
    const { simulation, starts, enqueue } = simulated()
    const id = await enqueue()
    simulation.startWorker({}, first(5, 'settle', fate))
    await simulation.until(async () => (await simulation.taskLog.getStatus(id)) === 'completed', '20s')
    await simulation.advance('20s')
    expect(starts).toEqual([id])
  })
})

describe('a worker whose beats fail', () => {
  /** Refuses beats, or everything, for a time. */
  function refusedFrom(simulation: Simulation, fromMs: number, toMs: number, only?: string): Fate {
    return (method) => {
      const now = simulation.clock.monotonic()
      const isStruck = now >= fromMs && now < toMs && (only === undefined || method === only)
      return isStruck ? REFUSED : UNHARMED
    }
  }

  it('starts nothing once its lease may have run out, and goes on when they get through', async () => {
    const { simulation, starts, enqueue } = simulated()
    simulation.startWorker({ leaseMs: 3_000 }, refusedFrom(simulation, 2_000, 20_000, 'heartbeat'))
    await simulation.advance('10s')
    await enqueue()
    await simulation.advance('9s')
    expect(starts).toEqual([])
    await simulation.until(() => starts.length === 1, '3s')
  })

  it('gives back what it held when the store was away, before anybody takes it from the living', async () => {
    let starts = 0
    const task = defineTask({
      name: 'task',
      retry: { attempts: 1 },
      run: async (_: undefined, { signal }) => {
        starts += 1
        await simulation.sleep(starts === 1 ? '1h' : '1s', signal)
        return Report.success('ran')
      },
    })
    const simulation: Simulation = createSimulation({ tasks: [task] })
    const { id } = await simulation.dispatcher.enqueue(task, undefined)
    simulation.startWorker({ leaseMs: 3_000 }, refusedFrom(simulation, 2_000, 9_500))
    await simulation.until(() => starts === 1, '1s')
    simulation.startWorker({ leaseMs: 3_000 }, refusedFrom(simulation, 2_000, 8_000))
    await simulation.until(async () => (await simulation.taskLog.getById(id)).finishedAt !== null, '30s')
    expect(await simulation.taskLog.getById(id)).toMatchObject({ status: 'completed', attempt: 1 })
  })
})

describe('a beat that never comes back', () => {
  it('aborts what runs before the lease is over, and the next one is sent all the same', async () => {
    const aborted: number[] = []
    const task = defineTask({
      name: 'task',
      run: async (_: undefined, { signal }) => {
        signal.addEventListener('abort', () => {
          expect((signal.reason as TaskAbortedError).reason).toBe('lease_lost')
          aborted.push(simulation.clock.monotonic())
        })
        await simulation.sleep(aborted.length === 0 ? '1h' : '1s', signal)
        return Report.success('ran')
      },
    })
    const simulation: Simulation = createSimulation({ tasks: [task] })
    const { id } = await simulation.dispatcher.enqueue(task, undefined)
    let beats = 0
    simulation.startWorker({ leaseMs: 3_000, beatMs: 1_000 }, (method) => {
      if (method !== 'heartbeat') return UNHARMED
      beats += 1
      return beats === 3 ? GONE : UNHARMED
    })
    await simulation.until(async () => (await simulation.taskLog.getStatus(id)) === 'running', '2s')
    const renewedAt = 1_004
    await simulation.until(() => aborted.length === 1, '10s')
    expect(aborted[0]).toBeLessThan(renewedAt + 3_000)
    await simulation.until(async () => (await simulation.taskLog.getStatus(id)) === 'completed', '10s')
  })

  it('leaves the progress it carried to the next one', async () => {
    const task = defineTask({
      name: 'task',
      run: async (_: undefined, context) => {
        context.progress(7, 9, 'here')
        await simulation.sleep('1500ms')
        return Report.success('ran')
      },
    })
    const simulation: Simulation = createSimulation({ tasks: [task] })
    const { id } = await simulation.dispatcher.enqueue(task, undefined)
    let beats = 0
    simulation.startWorker({}, (method) => {
      if (method !== 'heartbeat') return UNHARMED
      beats += 1
      return beats === 2 ? REFUSED : UNHARMED
    })
    await simulation.until(async () => (await simulation.taskLog.getStatus(id)) === 'completed', '10s')
    expect((await simulation.taskLog.getById(id)).progress).toEqual({ done: 7, total: 9, message: 'here' })
  })
})
