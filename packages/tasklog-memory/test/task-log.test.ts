import {
  createTaskId,
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  NotSupportedError,
  ParentRefusedError,
  Report,
  TASK_STATUSES,
  TaskLog,
  TaskLogFilter,
  type TaskStatus,
  WaybillError,
} from '@waybill/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { altered, strangeId, World } from './world.ts'

let world: World
let log: TaskLog

beforeEach(() => {
  world = new World({ ignoreList: ['internal.sweep'] })
  log = world.log
})

describe('the service', () => {
  it.each([null, undefined, {}, { specificationVersion: 2 }, 'sqlite'])('over %j is refused', (broker) => {
    expect(() => new TaskLog(broker as never)).toThrow(InvalidInputError)
  })

  it('creates the container again and again', async () => {
    await log.createContainer()
    await world.add()
    await log.createContainer()
    expect(await log.count()).toBe(1)
  })

  it('is closed once, however often it is asked, and answers nothing after that', async () => {
    await log.close()
    await log[Symbol.asyncDispose]()
    await expect(log.getStatus(strangeId())).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('add', () => {
  it('stores an entry that is enqueued', async () => {
    const id = await world.add({ parameters: { month: '2026-11' }, label: 'Billing' })
    expect(await log.getById(id)).toMatchObject({
      status: 'enqueued',
      label: 'Billing',
      owner: 'ada',
      parameters: { month: '2026-11' },
    })
  })

  it('answers with the first entry when the idempotency key is in use for the same', async () => {
    const task = { idempotencyKey: 'once', parameters: { a: 1, b: 2 } }
    const id = await world.add(task)
    const again = {
      taskName: 'billing.report',
      owner: 'ada',
      idempotencyKey: 'once',
      parameters: { b: 2, a: 1 },
    }
    expect(await log.add(again)).toEqual({ outcome: 'existing', id })
    expect(await log.count()).toBe(1)
  })

  it('is an error when the idempotency key is in use for something else; nothing is stored', async () => {
    const id = await world.add({ idempotencyKey: 'once', parameters: 1 })
    for (const other of [{ parameters: 2 }, { parameters: 1, taskName: 'other' }]) {
      const adding = world.add({ idempotencyKey: 'once', ...other })
      await expect(adding).rejects.toThrow(IdempotencyConflictError)
      await expect(adding).rejects.toMatchObject({ existingId: id })
    }
    expect(await log.count()).toBe(1)
  })

  it('is an error when the parent takes no child; nothing is stored', async () => {
    const foreign = await world.add({ owner: 'bob' })
    const ended = await world.ended('completed')
    for (const [parentId, refusal] of [
      [strangeId(), 'parent_missing'],
      [foreign, 'parent_missing'],
      [ended, 'parent_ended'],
    ] as const) {
      await expect(world.add({ parentId })).rejects.toThrow(ParentRefusedError)
      await expect(world.add({ parentId })).rejects.toMatchObject({ parentId, refusal })
    }
    expect(await log.count()).toBe(2)
  })

  it('in a transaction is an error where the log has none', async () => {
    await expect(log.add({ taskName: 'a', owner: 'ada' }, { transaction: {} })).rejects.toThrow(
      NotSupportedError,
    )
    expect(await log.count()).toBe(0)
  })
})

describe('getStatus and getReport', () => {
  it('tell where a task stands', async () => {
    const { child: _, ...each } = await world.oneOfEach()
    for (const [status, id] of Object.entries(each)) expect(await log.getStatus(id)).toBe(status)
    expect(Object.keys(each).sort()).toEqual([...TASK_STATUSES].sort())
  })

  it('the status of a task that has no entry is unknown', async () => {
    expect(await log.getStatus(strangeId())).toBe('unknown')
    expect(await log.getStatus('no id at all')).toBe('unknown')
    expect(await log.getReport(strangeId())).toBeNull()
  })

  it('tell what came of a task, also once it is archived', async () => {
    const id = await world.add()
    expect(await log.getReport(id)).toBeNull()
    await world.settle(await world.run(id), 'completed', null, Report.success('Billed', { n: 3 }))
    await log.archive(id)
    expect(await log.getReport(id)).toBeInstanceOf(Report)
    expect((await log.getReport({ id }))?.toJSON()).toEqual({
      type: 'success',
      message: 'Billed',
      data: { n: 3 },
    })
  })
})

describe('getById and getByIdAndUser', () => {
  it('not found is an error', async () => {
    for (const id of [strangeId(), 'x', '', "' OR 1=1 --"]) {
      await expect(log.getById(id)).rejects.toThrow(NotFoundError)
      await expect(log.getByIdAndUser(id, 'ada')).rejects.toThrow(NotFoundError)
    }
  })

  it('I13: another user is told the same as of a task that does not exist', async () => {
    const id = await world.add({ owner: 'bob' })
    expect((await log.getByIdAndUser(id, 'bob')).id).toBe(id)
    const foreign = await log.getByIdAndUser(id, 'ada').catch((error: unknown) => error as NotFoundError)
    await world.clock.advance(1)
    const missing = await log
      .getByIdAndUser(strangeId(), 'ada')
      .catch((error: unknown) => error as NotFoundError)
    const told = (error: unknown): string => String(error).replaceAll(id, 'ID').replaceAll(strangeId(), 'ID')
    expect(told(foreign)).toBe(told(missing))
  })

  it('the super user finds every owner', async () => {
    const id = await world.add({ owner: 'bob' })
    expect((await log.getByIdAndUser(id, 'cli-user')).owner).toBe('bob')
  })

  it('archived and cancelled ones are found by their user only where that is asked for', async () => {
    const archived = await world.ended('completed')
    await log.archive(archived)
    const cancelled = await world.ended('cancelled')
    await expect(log.getByIdAndUser(archived, 'ada')).rejects.toThrow(NotFoundError)
    await expect(log.getByIdAndUser(cancelled, 'ada')).rejects.toThrow(NotFoundError)
    expect((await log.getByIdAndUser(archived, 'ada', { archivedAllowed: true })).id).toBe(archived)
    expect((await log.getByIdAndUser(cancelled, 'ada', { cancelledAvailable: true })).id).toBe(cancelled)
    expect((await log.getById(archived)).id).toBe(archived)
  })
})

describe('find', () => {
  it('answers in the order that was asked for, and leaves out what is missing', async () => {
    const ids = await world.addAll(3)
    const wanted = [ids[2], strangeId(), ids[0], 'x', ids[2]] as string[]
    expect((await log.find(wanted)).map(({ id }) => id)).toEqual([ids[2], ids[0], ids[2]])
    expect(await log.find([])).toEqual([])
  })

  it('answers more than one question of the adapter holds', async () => {
    const ids = await world.addAll(1_201)
    expect((await log.find(ids)).map(({ id }) => id)).toEqual(ids)
  })
})

describe('search', () => {
  it('pages by cursor through all that match, none twice, none left out, while others are added', async () => {
    const ids = await world.addAll(45)
    await world.addAll(3, { owner: 'bob' })
    const seen: string[] = []
    for await (const page of log.pages(new TaskLogFilter().eq('owner', 'ada').limit(10))) {
      seen.push(...page.items.map(({ id }) => id))
      await world.add()
    }
    expect(seen).toEqual([...ids].reverse())
  })

  it('has a cursor exactly when there is another page', async () => {
    await world.addAll(10)
    const page = await log.search(new TaskLogFilter().limit(5))
    const last = await log.search(new TaskLogFilter().limit(5).after(page.nextCursor as string))
    expect([page.length, last.length, last.nextCursor]).toEqual([5, 5, null])
  })

  it.each([
    'taskName',
    'label',
    'owner',
    'queue',
    'status',
    'category',
    'priority',
    'updatedAt',
    'dueAt',
    'id',
  ] as const)('pages by cursor also in the order of %s, where many are equal', async (column) => {
    for (let index = 0; index < 30; index += 1) {
      await world.add({ label: `${index % 3}~%`, priority: index % 2, queue: index % 2 ? 'a' : 'b' })
    }
    for (const direction of ['ascending', 'descending'] as const) {
      const filter = new TaskLogFilter().sortBy(column, direction)
      const whole = (await log.search(filter.limit(100))).items.map(({ id }) => id)
      const paged: string[] = []
      for await (const page of log.pages(filter.limit(7))) paged.push(...page.items.map(({ id }) => id))
      expect(paged).toEqual(whole)
      expect(new Set(paged).size).toBe(30)
    }
  })

  it('by offset, and of nothing', async () => {
    const ids = await world.addAll(5)
    const page = await log.search(new TaskLogFilter().sortBy('id').limit(2).offset(2))
    expect(page.items.map(({ id }) => id)).toEqual([ids[2], ids[3]])
    expect(await log.search(new TaskLogFilter().limit(0))).toMatchObject({ items: [], nextCursor: null })
    expect((await log.search(new TaskLogFilter().limit(-1))).items).toEqual([])
  })

  it('by a path into the parameters', async () => {
    const id = await world.add({ parameters: { items: [{ sku: 'A1' }] } })
    await world.add({ parameters: { items: [{ sku: 'A2' }] } })
    const page = await log.search(new TaskLogFilter().path('parameters.items[0].sku', 'eq', 'A1'))
    expect(page.items.map((entity) => entity.id)).toEqual([id])
  })

  it('by a path is an error where the log cannot', async () => {
    const blind = altered(world.broker, {
      capabilities: { ...world.broker.capabilities, pathFilters: false },
    })
    const filter = new TaskLogFilter()
      .eq('owner', 'ada')
      .or(new TaskLogFilter().path('metadata.a', 'eq', 1).not())
    await expect(new TaskLog(blind).search(filter)).rejects.toThrow(NotSupportedError)
    await expect(new TaskLog(blind).count(filter)).rejects.toThrow(NotSupportedError)
  })

  it('leaves out the columns that were deselected', async () => {
    await world.add({ parameters: { secret: 1 } })
    const [entity] = await log.search(new TaskLogFilter().deselect('parameters', 'owner'))
    expect([entity?.parameters, entity?.owner, entity?.label]).toEqual([
      undefined,
      undefined,
      'billing.report',
    ])
  })

  it('a row whose JSON cannot be decoded does not break its page', async () => {
    const [bad, good] = await world.addAll(2)
    const claim = await world.run(bad as string)
    await world.broker.settle([
      {
        id: claim.id,
        token: claim.token,
        to: 'completed',
        delayMs: 0,
        reason: null,
        report: '{broken',
        progress: null,
        startedAgoMs: 0,
      },
    ])
    const page = await log.search(new TaskLogFilter().sortBy('id'))
    expect(page.items.map(({ id, undecodable }) => [id, undecodable])).toEqual([
      [bad, ['report']],
      [good, []],
    ])
    expect(page.toJSON().items[0]).toMatchObject({ report: null, undecodable: ['report'] })
    expect(await log.getReport(bad as string)).toBeNull()
  })
})

describe('counting', () => {
  it('count and stats agree with a search', async () => {
    await world.oneOfEach()
    await world.oneOfEach({ owner: 'bob' })
    const filter = new TaskLogFilter().eq('owner', 'ada').limit(100)
    const counts = await log.stats(filter)
    for (const status of TASK_STATUSES) {
      expect(counts[status]).toBe((await log.search(filter.eq('status', status))).length)
    }
    expect(await log.count(filter)).toBe((await log.search(filter)).length)
    expect(await log.count()).toBe(18)
  })

  it('getStats: completed, failed, in progress of one user, without ignored tasks', async () => {
    await world.oneOfEach()
    await world.oneOfEach({ owner: 'bob' })
    await world.oneOfEach({ taskName: 'internal.sweep' })
    expect(await log.getStats('ada')).toEqual({ completed: 1, failed: 1, inProgress: 3 })
    expect(await log.getStats('cli-user')).toEqual({ completed: 2, failed: 2, inProgress: 6 })
    expect(await log.getStats('eve')).toEqual({ completed: 0, failed: 0, inProgress: 0 })
  })
})

describe('findAvailableByUser', () => {
  it('shows 20 from the first on, the newest first, neither archived nor cancelled', async () => {
    const each = await world.oneOfEach()
    const ids = await world.addAll(25)
    const page = await log.findAvailableByUser('ada')
    expect(page.items.map(({ id }) => id)).toEqual(ids.slice(5).reverse())
    const rest = await log.findAvailableByUser('ada', 100, 25)
    const hidden = [each['archived'], each['cancelled']]
    const shown = Object.values(each).filter((id) => !hidden.includes(id))
    expect(rest.items.map(({ id }) => id).sort()).toEqual(shown.sort())
  })

  it('shows only that user', async () => {
    await world.add({ owner: 'bob' })
    const id = await world.add()
    expect((await log.findAvailableByUser('ada')).items.map((entity) => entity.id)).toEqual([id])
    expect(await log.findAvailableByUser('cli-user')).toHaveLength(2)
    expect(await log.findAvailableByUser('Ada')).toHaveLength(0)
  })

  it('does not show the tasks of the ignore list', async () => {
    await world.add({ taskName: 'internal.sweep' })
    expect(await log.findAvailableByUser('ada')).toHaveLength(0)
    expect(await log.search()).toHaveLength(1)
    expect(() => new TaskLog(world.broker, { ignoreList: ['not a name'] })).toThrow(InvalidInputError)
  })
})

describe('setStatus', () => {
  it('answers how many rows moved', async () => {
    const failed = await world.ended('failed')
    expect(await log.setStatus(failed, 'archived', 'completed')).toBe(0)
    expect(await log.setStatus(failed, 'archived', 'failed')).toBe(1)
    expect(await log.setStatus(failed, 'archived')).toBe(0)
    expect(await log.setStatus(strangeId(), 'archived')).toBe(0)
    expect(await log.getStatus(failed)).toBe('archived')
  })

  it('cancels what is enqueued and restarts what failed', async () => {
    const id = await world.add()
    expect(await log.setStatus(id, 'cancelled', 'enqueued')).toBe(1)
    expect(await log.setStatus(id, 'enqueued', 'cancelled')).toBe(1)
    expect(await log.getStatus(id)).toBe('enqueued')
  })

  it.each<TaskStatus>(['dequeued', 'running', 'child_running', 'completed', 'failed'])(
    '%s is written only by the worker that holds the task',
    async (status) => {
      const id = await world.add()
      await expect(log.setStatus(id, status)).rejects.toMatchObject({ code: 'not_allowed' })
      expect(await log.getStatus(id)).toBe('enqueued')
    },
  )

  it('unknown is no status', async () => {
    await expect(log.setStatus(await world.add(), 'unknown' as never)).rejects.toThrow(InvalidInputError)
  })
})

describe('getTaskExecutionTimesByDateRange', () => {
  it('answers the seconds of each task that ended in the range', async () => {
    const id = await world.add()
    const claim = await world.run(id)
    world.clock.advance(90_500)
    await world.settle(claim, 'failed', 'report')
    const ended = new Date(world.clock.now())
    await world.add()
    await log.cancel(await world.add())
    const later = new Date(ended.getTime() + 1)
    expect(await log.getTaskExecutionTimesByDateRange(ended, later)).toEqual(new Map([[id, 90.5]]))
    expect(await log.getTaskExecutionTimesByDateRange(new Date(0), ended)).toEqual(new Map())
    expect(await log.getTaskExecutionTimesByDateRange(later, new Date('2027-01-01'))).toEqual(new Map())
  })

  it('of any number of tasks', async () => {
    for (let index = 0; index < 501; index += 1) await world.ended('completed')
    const times = await log.getTaskExecutionTimesByDateRange(new Date(0), new Date('2030-01-01'))
    expect(times.size).toBe(501)
  })

  it('without Dates is an error', async () => {
    await expect(log.getTaskExecutionTimesByDateRange('2026' as never, new Date())).rejects.toThrow(
      InvalidInputError,
    )
  })
})

describe('categories', () => {
  it('are linked to tasks and found again', () => {
    log.linkTaskToCategory('billing.report', 'export')
    expect(log.getCategoryForTask('billing.report')).toBe('export')
    expect(log.getCategoryForTask('other')).toBe('unknown')
  })
})

it('ids a stranger made up never reach the adapter', async () => {
  const asked: string[] = []
  const spy = altered(world.broker, {
    find: (ids: readonly string[]) => {
      asked.push(...ids)
      return world.broker.find(ids)
    },
  })
  const spied = new TaskLog(spy)
  const id = createTaskId(Date.now())
  await spied.find(['x', "'; DROP TABLE task_log; --", id, id.toUpperCase()])
  expect(asked).toEqual([id])
})

it('every error of the service is a WaybillError', async () => {
  const failures = await Promise.allSettled([
    log.getById('x'),
    log.archive('x'),
    log.add({} as never),
    log.search({} as never),
  ])
  for (const failure of failures) {
    expect(failure.status === 'rejected' && WaybillError.isInstance(failure.reason)).toBe(true)
  }
})
