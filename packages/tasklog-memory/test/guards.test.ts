import { createToken, TaskLogFilter } from '@waybill/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { World } from './world.ts'

let world: World

beforeEach(() => {
  world = new World()
})

const beat = (open: readonly object[] = [], leaseMs = 60_000) =>
  world.broker.heartbeat({ worker: 'w1', leaseMs, info: null, open: open as never })

const claimFrom = async (queue: string) =>
  (await world.broker.claim({ worker: 'w1', token: createToken(), from: { queue }, limit: 10 })).map(
    ({ id }) => id,
  )

const promote = (limit: number) => world.broker.promote(limit)

const settle = (
  claim: { readonly id: string; readonly token: string },
  to: 'release' | 'completed' | 'failed',
  delayMs = 0,
) =>
  world.broker.settle([
    {
      id: claim.id,
      token: claim.token,
      to,
      delayMs,
      reason: null,
      report: null,
      progress: null,
      startedAgoMs: null,
    },
  ])

describe('a beat', () => {
  it('writes a report that came without progress', async () => {
    const { id, token } = await world.claim(await world.add())
    await beat([{ id, token, startedAgoMs: 0, progress: null, report: '"so far"' }])
    expect((await world.broker.find([id]))[0]).toMatchObject({ report: '"so far"', progress: null })
  })

  it('that brings nothing new changes no entry', async () => {
    const { id, token } = await world.claim(await world.add())
    const open = [{ id, token, startedAgoMs: 0, progress: null, report: null }]
    await beat(open)
    const [before] = await world.broker.find([id])
    world.clock.advance(5)
    await beat(open)
    expect(await world.broker.find([id])).toEqual([before])
  })

  it('keeps the worker alive until its lease ends, and no longer', async () => {
    const isAlive = async () => (await world.broker.workerStates())[0]?.alive
    await beat([], 1_000)
    world.clock.advance(999)
    expect(await isAlive()).toBe(true)
    world.clock.advance(1)
    expect(await isAlive()).toBe(false)
  })
})

describe('promote', () => {
  it('takes the older of two that are due at the same time', async () => {
    const runAt = new Date(world.clock.now() + 10_000)
    const ids = await world.addAll(3, { runAt })
    world.clock.advance(10_000)
    for (const id of ids) {
      expect(await promote(1)).toMatchObject({ promoted: 1 })
      expect(await claimFrom('default')).toEqual([id])
    }
  })

  it('makes no more ready than it is asked to, also of those that wait for a slot', async () => {
    const limited = { limitKey: 'ada', limitMax: 5 }
    await world.addAll(4, limited)
    expect(await promote(2)).toEqual({ promoted: 2, nextDueMs: null })
    await world.add({ delay: '1s' })
    expect(await promote(1)).toEqual({ promoted: 1, nextDueMs: 1_000 })
  })
})

describe('what was given back for later', () => {
  it('is not claimed from the queue before, though it was in the queue when it was claimed by its id', async () => {
    const id = await world.add()
    await settle(await world.claim(id), 'release', 5_000)
    expect(await claimFrom('default')).toEqual([])
    world.clock.advance(5_000)
    await promote(10)
    expect(await claimFrom('default')).toEqual([id])
  })
})

describe('a parent whose status is its own', () => {
  it.each(['archive', 'restart'] as const)('can %s, and its children go on', async (event) => {
    const parent = await world.add({ masterStatus: true })
    const claim = await world.run(parent)
    const child = await world.add({ parentId: parent })
    await world.settle(claim, 'completed')
    await world.broker.transition({ event, ids: [parent], from: ['completed'], reason: null, report: null })
    expect((await world.broker.find([child]))[0]).toMatchObject({
      status: 'enqueued',
      cancelRequested: false,
    })
  })
})

describe('a task that is cancelled with its parent', () => {
  it('was not asked to stop when nobody held it', async () => {
    const parent = await world.add()
    const child = await world.add({ parentId: parent })
    await world.log.cancel(parent)
    expect((await world.broker.find([child]))[0]).toMatchObject({
      status: 'cancelled',
      reason: 'parent_cancelled',
      cancelRequested: false,
    })
  })
})

describe('a task that was restarted', () => {
  it('is claimed from its queue again', async () => {
    const id = await world.ended('failed')
    await world.log.restart(id)
    expect(await claimFrom('default')).toEqual([id])
  })

  it('is claimed from its queue again, when it had been claimed from there', async () => {
    const id = await world.add()
    await beat()
    const token = createToken()
    await world.broker.claim({ worker: 'w1', token, from: { queue: 'default' }, limit: 1 })
    await settle({ id, token }, 'failed')
    await world.log.restart(id)
    expect(await claimFrom('default')).toEqual([id])
  })
})

describe('a settlement that comes again', () => {
  it('is told where the task stands, and that there is none where there is none', async () => {
    const id = await world.add()
    const claim = await world.run(id)
    await settle(claim, 'completed')
    expect(await settle(claim, 'completed')).toMatchObject([{ id, status: 'completed' }])
    await world.log.delete(id)
    expect(await settle(claim, 'completed')).toEqual([{ id, accepted: false, status: null }])
  })
})

describe('a filter', () => {
  const found = async (filter: TaskLogFilter) => [...(await world.log.search(filter))].map(({ id }) => id)

  it('orders text by its code points, at the edges of the surrogates too', async () => {
    const labels = ['\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{103fe}', '\u{103ff}', '\u{10ffff}']
    for (const label of [...labels].reverse()) await world.add({ label })
    const page = await world.log.search(new TaskLogFilter().sortBy('label'))
    expect([...page].map(({ label }) => label)).toEqual(labels)
  })

  it('looks for nothing inside null', async () => {
    await world.add({ parameters: { item: null } })
    const inside = new TaskLogFilter().path('parameters.item.sku', 'eq', 'A1')
    expect(await found(inside)).toEqual([])
    expect(await found(inside.not())).toHaveLength(1)
  })

  it('takes a backslash at the end of a pattern for itself', async () => {
    const id = await world.add({ label: 'C:\\' })
    expect(await found(new TaskLogFilter().like('label', 'c:\\'))).toEqual([id])
  })
})
