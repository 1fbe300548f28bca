import { type TaskLog, TaskLogFilter, WaybillError } from '@waybill/core'
import { describe, expect, it } from 'vitest'
import { World } from './world.ts'

const cycle: Record<string, unknown> = {}
cycle['self'] = cycle

const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  1n,
  '',
  ' ',
  'a\0b',
  'a\ud800',
  'x'.repeat(2_000_000),
  "'; DROP TABLE task_log; --",
  '__proto__',
  'constructor',
  '[object Object]',
  Symbol('s'),
  () => 1,
  {},
  [],
  [undefined],
  [[]],
  new Date(Number.NaN),
  new Map(),
  new Uint8Array(3),
  cycle,
  Object.create(null),
  JSON.parse('{"__proto__":{"admin":true},"id":{"$ne":null}}'),
  { id: 7 },
  { id: 'x'.repeat(2_000_000) },
]

type Call = (log: TaskLog, value: never) => unknown

/** Every public entry point of the service, with a hostile value in each of its places. */
const CALLS: Readonly<Record<string, Call>> = {
  add: (log, value) => log.add(value),
  'add taskName': (log, value) => log.add({ taskName: [value] as never, owner: 'ada' }),
  'add owner': (log, value) => log.add({ taskName: 'a b', owner: value }),
  getStatus: (log, value) => log.getStatus(value),
  getReport: (log, value) => log.getReport(value),
  find: (log, value) => log.find([value]),
  getById: (log, value) => log.getById(value),
  'getByIdAndUser id': (log, value) => log.getByIdAndUser(value, 'ada'),
  'getByIdAndUser user': (log, value) => log.getByIdAndUser('x', value),
  search: (log, value) => log.search(value),
  count: (log, value) => log.count(value),
  stats: (log, value) => log.stats(value),
  pages: (log, value) => log.pages(value).next(),
  getStats: (log, value) => log.getStats(value),
  'findAvailableByUser user': (log, value) => log.findAvailableByUser(value),
  'findAvailableByUser limit': (log, value) => log.findAvailableByUser('ada', value),
  'findAvailableByUser offset': (log, value) => log.findAvailableByUser('ada', 1, value),
  'getDataTablePayload filter': (log, value) => log.getDataTablePayload(value, {}),
  'getDataTablePayload page': (log, value) => log.getDataTablePayload(new TaskLogFilter(), { page: value }),
  'getDataTablePayload rows': (log, value) => log.getDataTablePayload(new TaskLogFilter(), { rows: value }),
  'getDataTablePayload sortBy': (log, value) =>
    log.getDataTablePayload(new TaskLogFilter(), { sortBy: value }),
  'getDataTablePayload sortOrder': (log, value) =>
    log.getDataTablePayload(new TaskLogFilter(), { sortBy: 'id', sortOrder: value }),
  'getDataTablePayload filters': (log, value) =>
    log.getDataTablePayload(new TaskLogFilter(), { filters: value }),
  'getDataTablePayload a filter': (log, value) =>
    log.getDataTablePayload(new TaskLogFilter(), { filters: { status: value, createdAt: value } }),
  'times from': (log, value) => log.getTaskExecutionTimesByDateRange(value, new Date()),
  'times to': (log, value) => log.getTaskExecutionTimesByDateRange(new Date(), value),
  wait: (log, value) => log.wait(value, { timeout: 0 }),
  'wait timeout': (log, value) => log.wait([], { timeout: value }),
  'setStatus id': (log, value) => log.setStatus(value, 'archived'),
  'setStatus status': (log, value) => log.setStatus('x', value),
  'setStatus previous': (log, value) => log.setStatus('x', 'archived', value),
  archive: (log, value) => log.archive(value),
  cancel: (log, value) => log.cancel(value),
  restart: (log, value) => log.restart(value),
  delete: (log, value) => log.delete(value),
  archiveCollection: (log, value) => log.archiveCollection([value]),
  cancelCollection: (log, value) => log.cancelCollection([value]),
  archiveAll: (log, value) => log.archiveAll(value),
  cancelAll: (log, value) => log.cancelAll(value),
  restartAll: (log, value) => log.restartAll(value),
  deleteAll: (log, value) => log.deleteAll(value),
  'prune olderThan': (log, value) => log.prune({ olderThan: value }),
  'prune statuses': (log, value) => log.prune({ olderThan: 0, statuses: [value] }),
  'prune options': (log, value) => log.prune(value),
  'prune all statuses': (log, value) => log.prune({ olderThan: 0, statuses: value }),
  'wait options': (log, value) => log.wait([], value),
  'getDataTablePayload request': (log, value) => log.getDataTablePayload(new TaskLogFilter(), value),
  'linkTaskToCategory task': (log, value) => log.linkTaskToCategory(value, 'copy'),
  'linkTaskToCategory category': (log, value) => log.linkTaskToCategory('a', value),
  getCategoryForTask: (log, value) => log.getCategoryForTask(value),
  forUser: (log, value) => log.forUser(value),
  'forUser search': (log, value) => log.forUser('ada').search(value),
  'forUser getById': (log, value) => log.forUser('ada').getById(value),
  'forUser archive': (log, value) => log.forUser('ada').archive(value),
  'forUser cancelAll': (log, value) => log.forUser('ada').cancelAll(value),
}

describe.each(Object.entries(CALLS))('%s', (_, call) => {
  it('of anything hostile is answered or is one typed, short error; nothing is stored', async () => {
    const { log } = new World()
    for (const value of HOSTILE) {
      try {
        await call(log, value as never)
      } catch (error) {
        expect(error).toBeInstanceOf(WaybillError)
        expect((error as Error).message.length).toBeLessThan(600)
      }
    }
    expect(await log.count()).toBe(0)
    expect('admin' in {}).toBe(false)
  })
})

describe('an entry', () => {
  it('moved with hostile options is left as it was', async () => {
    const world = new World()
    const id = await world.ended('completed')
    for (const options of HOSTILE.filter(
      (each) => (typeof each !== 'object' || each === null) && each !== undefined,
    )) {
      await expect(world.log.archive(id, options as never)).rejects.toMatchObject({ code: 'invalid_input' })
      const archiving = world.log.archiveAll(new TaskLogFilter(), options as never)
      await expect(archiving).rejects.toMatchObject({ code: 'invalid_input' })
    }
    expect(await world.log.getStatus(id)).toBe('completed')
  })

  it('with a wrong reason is left as it was', async () => {
    const world = new World()
    const id = await world.ended('completed')
    for (const reason of ['because', 7, {}, '__proto__']) {
      await expect(world.log.archive(id, { reason: reason as never })).rejects.toMatchObject({
        code: 'invalid_input',
      })
    }
    expect(await world.log.getStatus(id)).toBe('completed')
  })
})
