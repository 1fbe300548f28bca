import {
  InvalidInputError,
  NotFoundError,
  type TaskLog,
  TaskLogFilter,
  type UserTaskLog,
} from '@waybill/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { strangeId, World } from './world.ts'

let world: World
let log: TaskLog
let ada: UserTaskLog
const ALL = new TaskLogFilter().limit(100)

beforeEach(() => {
  world = new World({ ignoreList: ['internal.sweep'] })
  log = world.log
  ada = log.forUser('ada')
})

describe('I13: a user', () => {
  it('is told of another user’s task exactly what is told of one that does not exist', async () => {
    const foreign = Object.values(await world.oneOfEach({ owner: 'bob' }))
    const before = JSON.stringify(await log.search(ALL))
    const calls: Record<string, (id: string) => Promise<unknown>> = {
      getById: (id) => ada.getById(id),
      getStatus: (id) => ada.getStatus(id),
      getReport: (id) => ada.getReport(id),
      archive: (id) => ada.archive(id),
      'archive by force': (id) => ada.archive(id, { force: true }),
      cancel: (id) => ada.cancel(id),
      'cancel by force': (id) => ada.cancel({ id }, { force: true }),
      restart: (id) => ada.restart(id),
      wait: (id) => ada.wait(id, { timeout: 0 }),
      archiveCollection: (id) => ada.archiveCollection([id], { force: true }),
      cancelCollection: (id) => ada.cancelCollection([id], { force: true }),
      'search by id': (id) => ada.search(ALL.eq('id', id)),
      'search by parent': (id) => ada.search(ALL.eq('parentId', id)),
      'data table': (id) => ada.getDataTablePayload(ALL, { filters: { id } }),
      'archiveAll by id': (id) => ada.archiveAll(ALL.eq('id', id), { force: true }),
      'cancelAll by id': (id) => ada.cancelAll(ALL.eq('id', id), { force: true }),
      'restartAll by id': (id) => ada.restartAll(ALL.eq('id', id)),
    }
    const told = async (call: (id: string) => Promise<unknown>, id: string): Promise<string> => {
      const answer = await call(id).catch((error: unknown) => `${String(error)} ${JSON.stringify(error)}`)
      return JSON.stringify(answer ?? null).replaceAll(id, 'ID')
    }
    for (const [name, call] of Object.entries(calls)) {
      const missing = await told(call, strangeId())
      for (const id of foreign) expect([name, await told(call, id)]).toEqual([name, missing])
    }
    expect(JSON.stringify(await log.search(ALL))).toBe(before)
  })

  it('never sees an entry of another, whatever the filter says', async () => {
    await world.oneOfEach({ owner: 'bob' })
    await world.oneOfEach({ owner: 'Ada' })
    await world.oneOfEach({ owner: 'ada ' })
    const id = await world.add()
    const filters = [
      ALL,
      ALL.eq('owner', 'bob'),
      ALL.eq('owner', 'ada').or(ALL.eq('owner', 'bob')),
      ALL.eq('owner', 'ada').not(),
      TaskLogFilter.anyOf(ALL.eq('owner', 'bob'), ALL.in('status', ['completed'])),
      ALL.addAvailableFilters('cli-user'),
      ALL.addAvailableFilters('bob', { archivedAllowed: true, cancelledAvailable: true }),
      TaskLogFilter.fromJSON({ where: { kind: 'or', nodes: [{ kind: 'and', nodes: [] }] } }),
    ]
    for (const filter of filters) {
      for (const entity of await ada.search(filter)) expect(entity.id).toBe(id)
      for await (const page of ada.pages(filter)) for (const entity of page) expect(entity.id).toBe(id)
      expect(await ada.count(filter)).toBeLessThanOrEqual(1)
      expect((await ada.stats(filter)).completed).toBe(0)
      expect((await ada.getDataTablePayload(filter, {})).total).toBeLessThanOrEqual(1)
    }
  })

  it('changes nothing of another by a bulk action', async () => {
    await world.oneOfEach({ owner: 'bob' })
    const before = await log.stats()
    for (const action of ['archiveAll', 'cancelAll', 'restartAll'] as const) {
      expect(await ada[action](ALL, { force: true })).toMatchObject({
        done: 0,
        requested: 0,
        skippedCount: 0,
      })
    }
    expect(await log.stats()).toEqual(before)
  })

  it('who is called cli-user sees only what is theirs', async () => {
    await world.add({ owner: 'bob' })
    const id = await world.add({ owner: 'cli-user' })
    const view = log.forUser('cli-user')
    expect((await view.search()).items.map((entity) => entity.id)).toEqual([id])
    expect((await view.findAvailable()).items.map((entity) => entity.id)).toEqual([id])
    expect(await view.getStats()).toEqual({ completed: 0, failed: 0, inProgress: 0 })
  })
})

describe('a user', () => {
  it('sees, counts and finds what is theirs', async () => {
    const each = await world.oneOfEach()
    expect(await ada.search(ALL)).toHaveLength(9)
    expect(await ada.count()).toBe(9)
    expect(await ada.getStats()).toEqual({ completed: 1, failed: 1, inProgress: 3 })
    expect(await ada.findAvailable()).toHaveLength(7)
    expect(await ada.findAvailable(2, 6)).toHaveLength(1)
    for (const id of Object.values(each)) expect((await ada.getById(id)).id).toBe(id)
    expect(await ada.getStatus(each['running'] as string)).toBe('running')
    expect((await ada.getReport(each['failed'] as string))?.message).toBe('It has failed')
  })

  it('archives, cancels and restarts what is theirs', async () => {
    const each = await world.oneOfEach()
    await ada.archive(each['completed'] as string)
    expect(await ada.cancel(each['running'] as string)).toBe('requested')
    await ada.restart(each['failed'] as string)
    expect(await ada.cancelCollection([each['enqueued'], each['failed']] as string[])).toBe(true)
    expect(await ada.archiveCollection(await ada.search(ALL.eq('status', 'cancelled')))).toBe(true)
    expect((await ada.cancelAll(ALL)).requested).toBe(3)
    expect((await ada.archiveAll(ALL, { force: true })).done).toBe(4)
    expect((await log.stats()).archived).toBe(9)
  })

  it('collections that hold a task of another are not all done, but what is theirs is', async () => {
    const [mine, foreign] = [await world.add(), await world.add({ owner: 'bob' })]
    expect(await ada.cancelCollection([mine, foreign])).toBe(false)
    expect([await log.getStatus(mine), await log.getStatus(foreign)]).toEqual(['cancelled', 'enqueued'])
  })

  it('does not see the tasks of the ignore list in lists', async () => {
    const id = await world.add({ taskName: 'internal.sweep' })
    expect(await ada.search()).toHaveLength(0)
    expect(await ada.count()).toBe(0)
    expect(await ada.findAvailable()).toHaveLength(0)
    expect((await ada.cancelAll(ALL)).done).toBe(0)
    expect((await ada.getById(id)).id).toBe(id)
  })

  it('waits for what is theirs', async () => {
    const id = await world.ended('completed')
    expect((await ada.wait(id)).map((entity) => entity.status)).toEqual(['completed'])
    await expect(ada.wait([id, strangeId()])).rejects.toThrow(NotFoundError)
  })

  it.each(['', 'a\0', 'x'.repeat(191), null, undefined, 7, {}, ['ada']])('is not %j', (user) => {
    expect(() => log.forUser(user as never)).toThrow(InvalidInputError)
  })
})
