import { describe, expect, it } from 'vitest'
import { createTaskId } from '../identity/id.ts'
import { Report } from '../report/report.ts'
import type { TaskStatus } from '../task/status.ts'
import { TaskLogCollection } from './task-log-collection.ts'
import { TaskLogEntity } from './task-log-entity.ts'
import type { FoundRecord, TaskLogRecord } from './task-log-record.ts'

const CREATED = Date.parse('2026-11-24T10:00:00.900Z')

const RECORD: TaskLogRecord = {
  id: createTaskId(CREATED),
  parentId: null,
  taskName: 'billing.report',
  queue: 'default',
  parameters: '{"month":"2026-11"}',
  label: '<b>Billing</b>',
  owner: 'ada',
  category: 'export',
  metadata: null,
  status: 'completed',
  masterStatus: false,
  outcome: 'completed',
  reason: null,
  report: '{"type":"success","message":"Billed","data":{"n":3}}',
  progress: '{"done":3,"total":3,"message":null}',
  priority: 0,
  hold: null,
  idempotencyKey: null,
  limitKey: null,
  limitMax: null,
  attempt: 1,
  maxAttempts: 3,
  worker: 'w1',
  cancelRequested: false,
  hasChildren: false,
  createdAt: CREATED,
  updatedAt: CREATED + 61_000,
  dueAt: CREATED,
  claimedAt: CREATED + 10,
  startedAt: CREATED + 20,
  finishedAt: CREATED + 61_000,
}

function entity(change: Partial<FoundRecord> = {}, readAt: number = CREATED + 100_000): TaskLogEntity {
  return new TaskLogEntity({ ...RECORD, ...change }, readAt)
}

describe('an entry', () => {
  it('is decoded: JSON is a value, an instant is a Date, a report is a Report', () => {
    const each = entity()
    expect(each.parameters).toEqual({ month: '2026-11' })
    expect(each.metadata).toBeNull()
    expect(each.progress).toEqual({ done: 3, total: 3, message: null })
    expect(each.report).toBeInstanceOf(Report)
    expect(each.report?.message).toBe('Billed')
    expect(each.createdAt?.toISOString()).toBe('2026-11-24T10:00:00.900Z')
    expect(each.startedAt?.getTime()).toBe(CREATED + 20)
    expect(entity({ startedAt: null, finishedAt: null })).toMatchObject({ startedAt: null, finishedAt: null })
    expect(each.undecodable).toEqual([])
  })

  it('tells everything its record has', () => {
    const each = entity()
    const { report: _r, parameters: _p, progress: _g, ...plain } = RECORD
    for (const [name, value] of Object.entries(plain)) {
      if (!(name in each)) continue
      const shown: unknown = each[name as keyof TaskLogEntity]
      expect(shown instanceof Date ? shown.getTime() : shown).toEqual(value)
    }
    expect(each.record).toEqual(RECORD)
  })

  it('as JSON has the members of the original', () => {
    expect(JSON.parse(JSON.stringify(entity()))).toEqual({
      id: RECORD.id,
      taskName: 'billing.report',
      status: 'completed',
      masterStatus: false,
      statusLabel: 'Completed',
      taskLabel: '<b>Billing</b>',
      createdAt: Math.floor(CREATED / 1_000),
      createdAtElapsed: 100,
      updatedAt: Math.floor(CREATED / 1_000) + 61,
      updatedAtElapsed: 39,
      report: { type: 'success', message: 'Billed', data: { n: 3 } },
    })
  })

  it.each<[TaskStatus, string, string]>([
    ['enqueued', 'created', 'Queued'],
    ['dequeued', 'in_progress', 'In Progress'],
    ['running', 'in_progress', 'In Progress'],
    ['child_running', 'in_progress', 'In Progress'],
    ['completed', 'completed', 'Completed'],
    ['failed', 'failed', 'Failed'],
    ['archived', 'archived', 'Archived'],
    ['cancelled', 'cancelled', 'Cancelled'],
  ])('in status %s is shown as %s, %s', (status, category, label) => {
    expect(entity({ status }).toJSON()).toMatchObject({ status: category, statusLabel: label })
  })

  it('is never in the future, whatever the clocks say', () => {
    expect(entity({}, CREATED - 60_000).toJSON()).toMatchObject({ createdAtElapsed: 0, updatedAtElapsed: 0 })
  })

  it('whose columns were left out has neither them nor a null in their place', () => {
    const { report: _1, label: _2, owner: _3, parameters: _4, createdAt: _5, updatedAt: _6, ...rest } = RECORD
    const each = new TaskLogEntity(rest, CREATED)
    expect([each.report, each.label, each.owner, each.parameters, each.createdAt]).toEqual(
      new Array(5).fill(undefined),
    )
    expect(Object.keys(each.toJSON())).toEqual(['id', 'taskName', 'status', 'masterStatus', 'statusLabel'])
  })

  it.each([
    ['report', '{"type":"success"'],
    ['report', '{"type":"fatal","message":"m"}'],
    ['report', '"just a text"'],
    ['parameters', '{"__proto__":{"admin":true}}'],
    ['progress', ''],
    ['metadata', '{"n":1e400}'],
  ] as const)('whose %s cannot be decoded shows null and says so: %s', (column, text) => {
    const each = entity({ [column]: text })
    expect(each[column]).toBeNull()
    expect(each.undecodable).toEqual([column])
    expect(each.toJSON().undecodable).toEqual([column])
    expect('admin' in {}).toBe(false)
  })
})

it('a page is its entries and the cursor of the next page', () => {
  const page = new TaskLogCollection([entity(), entity()], 'next')
  expect([...page]).toEqual(page.items)
  expect(page.length).toBe(2)
  expect(page.toJSON()).toEqual({ items: page.items.map((each) => each.toJSON()), nextCursor: 'next' })
})
