import { InvalidInputError, type TaskLog, TaskLogFilter } from '@waybill/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { World } from './world.ts'

let world: World
let log: TaskLog
const MINE = new TaskLogFilter().eq('owner', 'ada')

beforeEach(() => {
  world = new World()
  log = world.log
})

describe('a data table', () => {
  it('has rows, page, amount, total and data', async () => {
    const ids = await world.addAll(45)
    await world.add({ owner: 'bob' })
    const payload = await log.getDataTablePayload(MINE, { page: 3, rows: 20 })
    expect(payload).toMatchObject({ rows: 20, page: 3, amount: 5, total: 3 })
    expect(payload.data.map(({ id }) => id)).toEqual(ids.slice(0, 5).reverse())
    expect(JSON.parse(JSON.stringify(payload.data[0]))).toMatchObject({
      status: 'created',
      statusLabel: 'Queued',
    })
  })

  it('asks for the first page of 20, the newest first, where it asks for nothing', async () => {
    const ids = await world.addAll(21)
    const payload = await log.getDataTablePayload(MINE, {})
    expect(payload).toMatchObject({ rows: 20, page: 1, amount: 20, total: 2 })
    expect(payload.data[0]?.id).toBe(ids[20])
  })

  it('of nothing has no page', async () => {
    expect(await log.getDataTablePayload(MINE, {})).toEqual({
      rows: 20,
      page: 1,
      amount: 0,
      total: 0,
      data: [],
    })
  })

  it('is sorted as it asks', async () => {
    for (const label of ['b', 'c', 'a']) await world.add({ label })
    const labels = async (sortOrder?: string): Promise<unknown> => {
      const order = sortOrder === undefined ? {} : { sortOrder }
      const { data } = await log.getDataTablePayload(MINE, { sortBy: 'label', ...order })
      return data.map(({ taskLabel }) => taskLabel)
    }
    expect(await labels()).toEqual(['a', 'b', 'c'])
    expect(await labels('asc')).toEqual(['a', 'b', 'c'])
    expect(await labels('desc')).toEqual(['c', 'b', 'a'])
  })

  it('filters: a list means in, a value means equals, an empty one is ignored', async () => {
    const [a, b] = [await world.add({ label: 'a' }), await world.add({ label: 'b', taskName: 'other' })]
    await world.add({ label: 'c' })
    const ids = async (filters: Record<string, unknown>): Promise<string[]> =>
      (await log.getDataTablePayload(MINE, { sortBy: 'id', filters })).data.map(({ id }) => id)
    expect(await ids({ label: ['a', 'b'] })).toEqual([a, b])
    expect(await ids({ label: 'a' })).toEqual([a])
    expect(await ids({ label: ['a', 'b'], taskName: 'other' })).toEqual([b])
    expect(await ids({ label: '', taskName: [], queue: null, status: undefined, owner: [''] })).toHaveLength(
      3,
    )
    expect(await ids({ owner: 'bob' })).toEqual([])
  })

  it('takes texts for numbers, as a query string has them', async () => {
    const [first] = await world.addAll(3, { priority: 7 })
    const filters = { priority: '7', masterStatus: 'false', createdAt: String(world.clock.now() - 2) }
    const payload = await log.getDataTablePayload(MINE, { page: '1', rows: '2', filters })
    expect(payload).toMatchObject({ rows: 2, page: 1, amount: 1, total: 1 })
    expect(payload.data[0]?.id).toBe(first)
  })

  it('a row customiser adds to a row or replaces members of it', async () => {
    const id = await world.add({ parameters: { file: 'a.csv' } })
    const { data } = await log.getDataTablePayload(
      MINE,
      {},
      {
        rowCustomiser: (row, entity) => ({
          taskLabel: row.taskLabel?.toUpperCase(),
          file: (entity.parameters as { file: string }).file,
        }),
      },
    )
    expect(data[0]).toMatchObject({ id, taskLabel: 'BILLING.REPORT', file: 'a.csv', status: 'created' })
  })

  it('U14: labels stay what they are: whoever makes HTML of them escapes them', async () => {
    const label = '<img src=x onerror=alert(1)>'
    await world.add({ label })
    const { data } = await log.getDataTablePayload(MINE, {})
    expect(data[0]?.taskLabel).toBe(label)
  })

  it.each([
    { page: 0 },
    { page: -1 },
    { page: 'x' },
    { page: 1.5 },
    { page: '99999999' },
    { rows: 0 },
    { rows: 1_001 },
    { rows: '0x10' },
    { rows: Number.NaN },
    { sortBy: 'id; DROP TABLE x--' },
    { sortBy: 'finishedAt' },
    { sortBy: ['id'] },
    { sortBy: '__proto__' },
    { sortBy: 'id', sortOrder: 'sideways' },
    { sortBy: 'id', sortOrder: 'desc; DROP' },
    { filters: { 'status)) OR 1=1--': 'x' } },
    { filters: { constructor: 'x' } },
    { filters: JSON.parse('{"__proto__":"x"}') },
    { filters: { report: 'x' } },
    { filters: { status: 'nonsense' } },
    { filters: { status: { $ne: 'x' } } },
    { filters: { createdAt: 'yesterday' } },
    { filters: { priority: 'high' } },
  ])('U14: %j is refused with one typed error', async (request) => {
    await expect(log.getDataTablePayload(MINE, request as never)).rejects.toThrow(InvalidInputError)
  })
})
