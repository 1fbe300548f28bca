import { defineTask, Report, StoreError } from '@waybill/core'
import { type CallFate, createSimulation, type Fate, type Simulation } from '@waybill/testing'
import { describe, expect, it } from 'vitest'

const UNHARMED: CallFate = { beforeMs: 1, refuse: null, loseReply: null, afterMs: 1 }
const REFUSED: CallFate = {
  ...UNHARMED,
  refuse: new StoreError('store_unavailable', 'no', { retryable: true }),
}
const LOST: CallFate = { ...UNHARMED, loseReply: new StoreError('outcome_unknown', 'who knows') }
const LATE: CallFate = { ...LOST, beforeMs: 5_000 }

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
