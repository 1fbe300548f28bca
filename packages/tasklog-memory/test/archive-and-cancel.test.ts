import {
  NotFoundError,
  OPEN_STATUSES,
  TaskLog as Service,
  type TaskLog,
  type TaskLogChange,
  WaybillError,
} from '@waybill/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { altered, strangeId, World } from './world.ts'

let world: World
let log: TaskLog

beforeEach(() => {
  world = new World()
  log = world.log
})

const NOT_ALLOWED = { code: 'not_allowed', retryable: false }

/** The service over a log that hands no tasks to workers. */
function unclaimable(): TaskLog {
  return new Service(altered(world.broker, {}, ['claim']))
}

describe('archive', () => {
  it.each(['completed', 'failed', 'cancelled'] as const)('keeps what a %s task ended as', async (status) => {
    const id = await world.ended(status)
    await log.archive(id)
    const entity = await log.getById(id)
    expect(entity).toMatchObject({ status: 'archived', outcome: status })
    expect(entity.report?.message).toBe(`It has ${status}`)
  })

  it.each(OPEN_STATUSES)('of a task that is %s is refused unless forced', async (status) => {
    const id = (await world.oneOfEach())[status] as string
    await expect(log.archive(id)).rejects.toMatchObject(NOT_ALLOWED)
    expect(await log.getStatus(id)).toBe(status)
    await log.archive(id, { force: true })
    expect(await log.getById(id)).toMatchObject({ status: 'archived', reason: 'forced' })
  })

  it('forced fences off whoever holds the task: its report changes nothing', async () => {
    const id = await world.add()
    const claim = await world.run(id)
    await log.archive(id, { force: true })
    expect(await world.settle(claim, 'completed')).toBe(false)
    expect(await log.getStatus(id)).toBe('archived')
  })

  it('takes an entry as well as an id, and a reason', async () => {
    const id = await world.ended('completed')
    await log.archive(await log.getById(id), { reason: 'purged' })
    expect(await log.getById(id)).toMatchObject({ status: 'archived', reason: 'purged' })
  })

  it('again is fine and changes nothing', async () => {
    const id = await world.ended('completed')
    await log.archive(id)
    const before = (await log.getById(id)).record
    world.clock.advance(1_000)
    await log.archive(id)
    await log.archive(id, { force: true })
    expect((await log.getById(id)).record).toEqual(before)
  })

  it('of what does not exist is not found', async () => {
    await expect(log.archive(strangeId())).rejects.toThrow(NotFoundError)
    await expect(log.archive('x', { force: true })).rejects.toThrow(NotFoundError)
  })
})

describe('cancel', () => {
  it('of a queued task: it never starts', async () => {
    const id = await world.add()
    expect(await log.cancel(id)).toBe('cancelled')
    expect(await log.getById(id)).toMatchObject({ status: 'cancelled', reason: 'cancelled' })
    await expect(world.claim(id)).rejects.toThrow('could not be claimed')
  })

  it.each(['dequeued', 'running', 'child_running'] as const)(
    'of a task that is %s is a request',
    async (status) => {
      const id = (await world.oneOfEach())[status] as string
      expect(await log.cancel(id)).toBe('requested')
      expect(await log.cancel(id)).toBe(status === 'child_running' ? 'cancelled' : 'requested')
      expect(await log.getById(id)).toMatchObject({ cancelRequested: true })
    },
  )

  it.each(['dequeued', 'running', 'child_running'] as const)(
    'of a task that is %s is refused where the log cannot ask workers, unless forced',
    async (status) => {
      const plain = unclaimable()
      const id = (await world.oneOfEach())[status] as string
      await expect(plain.cancel(id)).rejects.toMatchObject(NOT_ALLOWED)
      expect(await plain.getStatus(id)).toBe(status)
      expect(await plain.cancel(id, { force: true })).toBe('cancelled')
    },
  )

  it.each(OPEN_STATUSES)(
    'forced ends a task that is %s at once, and fences off its holder',
    async (status) => {
      const id = (await world.oneOfEach())[status] as string
      expect(await log.cancel(id, { force: true })).toBe('cancelled')
      expect(await log.getById(id)).toMatchObject({ status: 'cancelled', outcome: 'cancelled' })
    },
  )

  it.each(['completed', 'failed', 'archived'] as const)(
    'of a task that is %s is refused, also by force',
    async (status) => {
      const id = (await world.oneOfEach())[status] as string
      await expect(log.cancel(id)).rejects.toMatchObject(NOT_ALLOWED)
      await expect(log.cancel(id, { force: true })).rejects.toMatchObject(NOT_ALLOWED)
      expect(await log.getStatus(id)).toBe(status)
    },
  )

  it('again is fine', async () => {
    const id = await world.add()
    await log.cancel(id)
    expect(await log.cancel(id)).toBe('cancelled')
  })

  it('U7: of a task that has just started cancels nothing: its report is what counts', async () => {
    const id = await world.add()
    let claim: Awaited<ReturnType<World['run']>> | undefined
    const racing = altered(world.broker, {
      async transition(change: Parameters<typeof world.broker.transition>[0]) {
        claim ??= await world.run(id)
        return await world.broker.transition(change)
      },
    })
    expect(await new Service(racing).cancel(id)).toBe('requested')
    expect(await log.getStatus(id)).toBe('running')
    expect(await world.settle(claim as NonNullable<typeof claim>, 'completed')).toBe(true)
    expect(await log.getStatus(id)).toBe('completed')
  })

  it('U7: of a task that is cancelled is not overwritten by the report of a worker that came too late', async () => {
    const id = await world.add()
    const claim = await world.run(id)
    await log.cancel(id, { force: true })
    expect(await world.settle(claim, 'completed')).toBe(false)
    expect(await log.getStatus(id)).toBe('cancelled')
  })

  it('tries again when the task was given back in between, and gives up in the end', async () => {
    const id = await world.add()
    let asked = 0
    const stubborn = altered(world.broker, {
      async transition() {
        asked += 1
        return []
      },
    })
    await expect(new Service(stubborn).cancel(id)).rejects.toMatchObject({
      code: 'not_allowed',
      retryable: true,
    })
    expect(asked).toBe(5)
  })

  it('of a parent cancels what waits beneath it', async () => {
    const parent = await world.add()
    const child = await world.add({ parentId: parent })
    expect(await log.cancel(parent)).toBe('cancelled')
    expect(await log.getById(parent)).toMatchObject({ status: 'cancelled' })
    expect(await log.getById(child)).toMatchObject({ status: 'cancelled', reason: 'parent_cancelled' })
  })
})

describe('restart and delete', () => {
  it.each(['failed', 'cancelled'] as const)('a %s task is restarted as if it were new', async (status) => {
    const id = await world.ended(status)
    await log.restart(id)
    expect(await log.getById(id)).toMatchObject({
      status: 'enqueued',
      attempt: 0,
      report: null,
      outcome: null,
    })
  })

  it.each(['enqueued', 'dequeued', 'running', 'child_running', 'completed', 'archived'])(
    'a task that is %s is not restarted',
    async (status) => {
      const id = (await world.oneOfEach())[status] as string
      await expect(log.restart(id)).rejects.toMatchObject(NOT_ALLOWED)
      expect(await log.getStatus(id)).toBe(status)
    },
  )

  it('a child that somebody else restarted at the same time is told apart from one whose parent has ended', async () => {
    const parent = await world.add()
    await world.run(parent)
    const child = await world.add({ parentId: parent })
    await log.cancel(child)
    const racing = altered(world.broker, {
      async transition(change) {
        await world.broker.transition(change)
        return await world.broker.transition(change)
      },
    })
    await expect(new Service(racing).restart(child)).rejects.toThrow(/only failed and cancelled tasks can be/)
    expect(await log.getStatus(child)).toBe('enqueued')
  })

  it('a child of a parent that has ended is not restarted', async () => {
    const parent = await world.add()
    const claim = await world.run(parent)
    const child = await world.add({ parentId: parent })
    await world.settle(claim, 'completed')
    await log.cancel(child)
    await expect(log.restart(child)).rejects.toThrow(/its parent has ended/)
  })

  it('an ended task is deleted, an open one and a parent are not', async () => {
    const { child: _, ...each } = await world.oneOfEach()
    for (const [status, id] of Object.entries(each)) {
      if (OPEN_STATUSES.includes(status as never))
        await expect(log.delete(id)).rejects.toMatchObject(NOT_ALLOWED)
      else await log.delete(id)
      expect(await log.getStatus(id)).toBe(OPEN_STATUSES.includes(status as never) ? status : 'unknown')
    }
    const parent = await world.add()
    const child = await world.add({ parentId: parent })
    await log.cancel(parent)
    await expect(log.delete(parent)).rejects.toThrow(/it has children; delete them first/)
    await log.delete(child)
    await log.delete(parent)
    await expect(log.delete(parent)).rejects.toThrow(NotFoundError)
  })
})

describe('collections', () => {
  it('archiveCollection is true only if every one could be', async () => {
    const ended = [await world.ended('completed'), await world.ended('failed')]
    expect(await log.archiveCollection(ended)).toBe(true)
    expect(await log.archiveCollection(ended)).toBe(true)
    expect(await log.archiveCollection([])).toBe(true)
    const open = await world.add()
    const more = await world.ended('completed')
    expect(await log.archiveCollection([open, more])).toBe(false)
    expect([await log.getStatus(open), await log.getStatus(more)]).toEqual(['enqueued', 'archived'])
    expect(await log.archiveCollection([open], { force: true })).toBe(true)
    expect(await log.archiveCollection([strangeId()])).toBe(false)
  })

  it('cancelCollection is true only if every one could be, or was asked', async () => {
    const [queued, held] = await world.addAll(2)
    await world.run(held as string)
    expect(await log.cancelCollection([queued, held] as string[])).toBe(true)
    expect(await log.getStatus(queued as string)).toBe('cancelled')
    const done = await world.ended('completed')
    const other = await world.add()
    expect(await log.cancelCollection([done, other])).toBe(false)
    expect([await log.getStatus(done), await log.getStatus(other)]).toEqual(['completed', 'cancelled'])
  })

  it('takes a page, and more than a thousand', async () => {
    await world.addAll(1_203)
    expect(await log.cancelCollection(await log.search())).toBe(true)
    const all = await world.broker.search({
      where: { kind: 'and', nodes: [] },
      sort: 'id',
      direction: 'ascending',
      limit: 2_000,
      offset: 0,
      after: null,
      omit: [],
    })
    expect(await log.cancelCollection(all)).toBe(true)
    expect((await log.stats()).cancelled).toBe(1_203)
  })
})

describe('events', () => {
  let heard: [string, string, string, boolean][]

  beforeEach(() => {
    heard = []
    const listen = (event: string) => (change: TaskLogChange) =>
      void heard.push([event, change.entry.id, change.entry.status, change.forced])
    log.on('archived', listen('archived'))
    log.on('cancelled', listen('cancelled'))
  })

  it('archive raises one with the entry as it is now, and whether it was forced', async () => {
    const [ended, open] = [await world.ended('completed'), await world.add()]
    await log.archive(ended)
    await log.archive(open, { force: true })
    expect(heard).toEqual([
      ['archived', ended, 'archived', false],
      ['archived', open, 'archived', true],
    ])
  })

  it('cancel raises one, a request raises none', async () => {
    const [queued, held] = await world.addAll(2)
    await world.run(held as string)
    await log.cancel(queued as string)
    await log.cancel(held as string)
    await log.cancel(held as string, { force: true })
    expect(heard).toEqual([
      ['cancelled', queued, 'cancelled', false],
      ['cancelled', held, 'cancelled', true],
    ])
  })

  it('what was refused, or done already, raises none', async () => {
    const { running, archived, cancelled } = await world.oneOfEach()
    heard.length = 0
    await expect(log.archive(running as string)).rejects.toThrow(WaybillError)
    await log.archive(archived as string)
    await log.cancel(cancelled as string)
    expect(heard).toEqual([])
  })

  it('setStatus, collections and bulk actions raise one per entry that moved', async () => {
    const ids = await world.addAll(3)
    await log.setStatus(ids[0] as string, 'cancelled')
    await log.cancelCollection(ids)
    expect(heard.map(([event, id]) => [event, id])).toEqual(ids.map((id) => ['cancelled', id]))
  })

  it('a listener that is taken off hears nothing more; the same one may listen twice', async () => {
    let count = 0
    const listener = (): void => {
      count += 1
    }
    const off = log.on('cancelled', listener)
    const offToo = log.on('cancelled', listener)
    await log.cancel(await world.add())
    off()
    off()
    await log.cancel(await world.add())
    offToo()
    await log.cancel(await world.add())
    expect(count).toBe(3)
  })

  it('a listener that throws undoes nothing, and keeps no other from hearing', async () => {
    const unhandled: unknown[] = []
    const catchIt = (error: unknown): void => void unhandled.push(error)
    const others = process.rawListeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', catchIt)
    const [first, second] = [await world.add(), await world.add()]
    log.on('cancelled', () => {
      throw new Error('a bug in a listener')
    })
    log.on('cancelled', () => void heard.push(['last', '', '', false]))
    expect(await log.cancel(first)).toBe('cancelled')
    expect(await log.cancel(second)).toBe('cancelled')
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', catchIt)
    for (const other of others) process.on('unhandledRejection', other as never)
    expect(heard.filter(([event]) => event === 'last')).toHaveLength(2)
    expect(unhandled).toHaveLength(2)
  })
})
