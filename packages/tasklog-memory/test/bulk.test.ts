import { type BulkOutcome, TaskLog as Service, type TaskLog, TaskLogFilter } from '@waybill/core'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { altered, World } from './world.ts'

let world: World
let log: TaskLog

beforeEach(() => {
  world = new World()
  log = world.log
})

const ALL = new TaskLogFilter()

function counts({ done, requested, skippedCount }: BulkOutcome): [number, number, number] {
  return [done, requested, skippedCount]
}

describe('archiveAll', () => {
  it('F4: of 1,000 entries, 3 of them open, moves 997 and says why not the others', async () => {
    const ids = await world.addAll(997)
    await log.cancelAll(ALL)
    const open = [await world.add(), await world.add(), await world.add()]
    const outcome = await log.archiveAll(ALL)
    expect(counts(outcome)).toEqual([997, 0, 3])
    expect(outcome.skipped).toEqual(open.map((id) => ({ id, reason: 'in_progress' })))
    expect((await log.stats()).archived).toBe(ids.length)
  })

  it('moves only what matches, whatever the page of the filter', async () => {
    await world.addAll(30)
    await world.addAll(5, { owner: 'bob' })
    await log.cancelAll(ALL)
    const page = ALL.eq('owner', 'ada').limit(3).offset(2).sortBy('label')
    expect(counts(await log.archiveAll(page))).toEqual([30, 0, 0])
    expect(await log.stats()).toMatchObject({ archived: 30, cancelled: 5 })
  })

  it('forced, archives what is open too', async () => {
    await world.oneOfEach()
    const outcome = await log.archiveAll(ALL, { force: true })
    expect((await log.stats()).archived).toBe(9)
    expect(outcome.skipped.map(({ reason }) => reason)).toEqual(['done_already'])
  })

  it('U11: ends when its update moves nothing', async () => {
    await world.addAll(1_100)
    await log.cancelAll(ALL)
    let updates = 0
    const broken = altered(world.broker, {
      async transition() {
        updates += 1
        return []
      },
    })
    const outcome = await new Service(broken).archiveAll(ALL)
    expect(counts(outcome)).toEqual([0, 0, 1_100])
    expect(outcome.skippedBy).toEqual({ changed: 1_100 })
    expect(outcome.skipped).toHaveLength(1_000)
    expect(updates).toBe(3)
  })

  it('U11: ends when its update fails, with the error of the update', async () => {
    await world.addAll(600)
    await log.cancelAll(ALL)
    let updates = 0
    const broken = altered(world.broker, {
      async transition() {
        updates += 1
        throw new Error('the disk is full')
      },
    })
    await expect(new Service(broken).archiveAll(ALL)).rejects.toThrow('the disk is full')
    expect(updates).toBe(1)
  })

  it('U11: ends although new entries keep coming', async () => {
    await world.addAll(1_000)
    await log.cancelAll(ALL)
    const busy = altered(world.broker, {
      async transition(change: Parameters<typeof world.broker.transition>[0]) {
        await world.ended('completed')
        return await world.broker.transition(change)
      },
    })
    const outcome = await new Service(busy).archiveAll(ALL)
    expect(outcome.done).toBe(1_000)
  })
})

describe('cancelAll', () => {
  it('cancels what is queued, asks what is held, leaves alone what has ended', async () => {
    await world.oneOfEach()
    const outcome = await log.cancelAll(ALL)
    expect(counts(outcome)).toEqual([1, 3, 5])
    expect(outcome.skippedBy).toEqual({ ended: 3, done_already: 2 })
  })

  it('a parent that waits for queued children ends as cancelled, not as if only the children were', async () => {
    const parent = await world.add()
    const claim = await world.run(parent)
    const child = await world.add({ parentId: parent })
    await world.settle(claim, 'completed')
    const outcome = await log.cancelAll(ALL)
    expect([await log.getStatus(parent), await log.getStatus(child)]).toEqual(['cancelled', 'cancelled'])
    expect(outcome).toMatchObject({ requested: 1, skipped: [{ id: child, reason: 'done_already' }] })
  })

  it('forced, ends all that is open', async () => {
    await world.oneOfEach()
    await log.cancelAll(ALL, { force: true, reason: 'purged' })
    expect(await log.stats()).toMatchObject({
      enqueued: 0,
      dequeued: 0,
      running: 0,
      child_running: 0,
      cancelled: 6,
    })
  })
})

describe('restartAll and deleteAll', () => {
  it('restarts what failed or was cancelled', async () => {
    await world.oneOfEach()
    const outcome = await log.restartAll(ALL)
    expect(counts(outcome)).toEqual([2, 0, 7])
    expect(outcome.skippedBy).toEqual({ not_failed: 7 })
    expect((await log.stats()).enqueued).toBe(4)
  })

  it('deletes what has ended', async () => {
    await world.oneOfEach()
    const outcome = await log.deleteAll(ALL)
    expect(counts(outcome)).toEqual([4, 0, 5])
    expect(outcome.skippedBy).toEqual({ in_progress: 5 })
  })

  it('deletes children before their parents, however many and however deep', async () => {
    let parentId = await world.add()
    for (let depth = 0; depth < 50; depth += 1) {
      await world.addAll(11, { parentId })
      parentId = await world.add({ parentId })
    }
    await log.cancelAll(ALL, { force: true })
    expect(counts(await log.deleteAll(ALL))).toEqual([601, 0, 0])
    expect(await log.count()).toBe(0)
  })

  it('does not delete a parent whose child does not match', async () => {
    const parent = await world.add()
    await world.add({ parentId: parent, owner: 'ada', taskName: 'other' })
    await log.cancel(parent)
    const outcome = await log.deleteAll(ALL.eq('taskName', 'billing.report'))
    expect(outcome.skipped).toEqual([{ id: parent, reason: 'has_children' }])
  })
})

describe('every bulk action', () => {
  it('tells after each page how far it is', async () => {
    await world.addAll(1_001)
    const told: number[] = []
    await log.cancelAll(ALL, { onProgress: ({ done }) => void told.push(done) })
    expect(told).toEqual([500, 1_000, 1_001])
  })

  it('stops between two pages when it is told to', async () => {
    await world.addAll(1_001)
    const stop = new AbortController()
    const cancelling = log.cancelAll(ALL, {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    })
    await expect(cancelling).rejects.toThrow('enough')
    expect((await log.stats()).cancelled).toBe(500)
    await expect(log.cancelAll(ALL, { signal: stop.signal })).rejects.toThrow('enough')
    expect((await log.stats()).cancelled).toBe(500)
  })

  it('of nothing does nothing', async () => {
    for (const action of ['archiveAll', 'cancelAll', 'restartAll', 'deleteAll'] as const) {
      expect(counts(await log[action](ALL))).toEqual([0, 0, 0])
    }
  })

  it('again moves nothing more', async () => {
    await world.oneOfEach()
    for (const action of ['archiveAll', 'deleteAll'] as const) {
      await log[action](ALL)
      expect((await log[action](ALL)).done).toBe(0)
    }
  })

  it('accounts for every entry that matched: done, asked or skipped', async () => {
    const statuses = ['enqueued', 'running', 'completed', 'failed', 'cancelled', 'archived'] as const
    const actions = fc.constantFrom('archiveAll', 'cancelAll', 'restartAll', 'deleteAll' as const)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...statuses)),
        actions,
        fc.boolean(),
        async (wanted, action, force) => {
          const each = new World()
          for (const status of wanted) {
            if (status === 'enqueued') await each.add()
            else if (status === 'running') await each.run(await each.add())
            else if (status === 'archived') await each.log.archive(await each.ended('completed'))
            else await each.ended(status)
          }
          const before = await each.log.stats()
          const outcome = await each.log[action](ALL, { force })
          expect(outcome.done + outcome.requested + outcome.skippedCount).toBe(wanted.length)
          expect(outcome.skipped).toHaveLength(outcome.skippedCount)
          const after = await each.log.stats()
          const moved = wanted.length - Object.values(after).reduce((sum, count) => sum + count, 0)
          if (action === 'deleteAll') expect(outcome.done).toBe(moved)
          if (action === 'archiveAll') expect(outcome.done).toBe(after.archived - before.archived)
          if (action === 'cancelAll') expect(outcome.done).toBe(after.cancelled - before.cancelled)
          if (action === 'restartAll') expect(outcome.done).toBe(after.enqueued - before.enqueued)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('prune', () => {
  it('deletes what ended so long ago, and nothing that is open', async () => {
    const each = await world.oneOfEach()
    world.clock.advance(86_400_000)
    const young = await world.ended('completed')
    expect((await log.prune({ olderThan: '1d' })).done).toBe(4)
    const left = (await log.search(ALL.limit(100))).items.map(({ id }) => id)
    expect(left.sort()).toEqual(
      [
        young,
        each['enqueued'],
        each['dequeued'],
        each['running'],
        each['child_running'],
        each['child'],
      ].sort(),
    )
  })

  it('deletes only the statuses that are asked for', async () => {
    await world.oneOfEach()
    world.clock.advance(1_000)
    expect((await log.prune({ olderThan: 0, statuses: ['archived', 'failed'] })).done).toBe(2)
    expect(await log.stats()).toMatchObject({ archived: 0, failed: 0, completed: 1, cancelled: 1 })
  })

  it('deletes families whole', async () => {
    const parent = await world.add()
    const claim = await world.run(parent)
    const child = await world.add({ parentId: parent })
    await world.settle(claim, 'completed')
    await world.settle(await world.run(child), 'completed')
    world.clock.advance(10)
    expect((await log.prune({ olderThan: '1ms' })).done).toBe(2)
    expect(await log.count()).toBe(0)
  })

  it('as a dry run only counts', async () => {
    await world.oneOfEach()
    world.clock.advance(1_000)
    expect(await log.prune({ olderThan: 0, dryRun: true })).toMatchObject({ done: 4, skippedCount: 0 })
    expect(await log.count()).toBe(9)
  })

  it.each([
    { olderThan: 'long ago' },
    { olderThan: -1 },
    {},
    { olderThan: 0, statuses: ['running'] },
    { olderThan: 0, statuses: ['done'] },
  ])('%j is refused, and nothing is deleted', async (options) => {
    await world.ended('completed')
    await expect(log.prune(options as never)).rejects.toMatchObject({ code: 'invalid_input' })
    expect(await log.count()).toBe(1)
  })
})
