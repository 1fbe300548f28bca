import { createTaskId } from '@waybill/core'
import { expect } from 'vitest'
import { rule, type TaskLogRule } from './task-log-rule.ts'
import { entry } from './trial.ts'

/** What adding an entry stores. */
export const addRules: readonly TaskLogRule[] = [
  rule('add-001', 'an entry is found with everything it was given', async (trial) => {
    const given = {
      taskName: 'invoices.import',
      queue: 'slow',
      label: 'Import invoices',
      owner: 'grace',
      category: 'import',
      masterStatus: true,
      priority: -7,
      idempotencyKey: 'invoices-2026-11',
      limitKey: 'customer-1',
      limitMax: 2,
      maxAttempts: 9,
    } as const
    const json = { parameters: '{"month":"2026-11","items":[1,2]}', metadata: '{"source":"mail"}' }
    const record = await trial.get(await trial.add({ ...given, ...json }))
    expect(record).toMatchObject(given)
    expect(JSON.parse(record.parameters)).toEqual({ month: '2026-11', items: [1, 2] })
    expect(JSON.parse(record.metadata ?? '')).toEqual({ source: 'mail' })
  }),

  rule('add-002', 'a new entry is enqueued, ready and has no history', async (trial) => {
    expect(await trial.get(await trial.add())).toMatchObject({
      status: 'enqueued',
      hold: null,
      outcome: null,
      reason: null,
      report: null,
      progress: null,
      attempt: 0,
      worker: null,
      cancelRequested: false,
      hasChildren: false,
      claimedAt: null,
      startedAt: null,
      finishedAt: null,
    })
  }),

  rule('add-003', 'an entry has nothing but the columns of the contract', async (trial) => {
    const columns = [
      ...[
        'id',
        'parentId',
        'taskName',
        'queue',
        'parameters',
        'label',
        'owner',
        'category',
        'metadata',
        'status',
      ],
      ...['masterStatus', 'outcome', 'reason', 'report', 'progress', 'priority', 'hold', 'idempotencyKey'],
      ...['limitKey', 'limitMax', 'attempt', 'maxAttempts', 'worker', 'cancelRequested', 'hasChildren'],
      ...['createdAt', 'updatedAt', 'dueAt', 'claimedAt', 'startedAt', 'finishedAt'],
    ]
    expect(Object.keys(await trial.get(await trial.add())).sort()).toEqual(columns.sort())
  }),

  rule(
    'add-004',
    'created, updated and due are the instant of the call by the clock of the log',
    async (trial) => {
      const before = await trial.log.now()
      const { createdAt, updatedAt, dueAt } = await trial.get(await trial.add())
      const after = await trial.log.now()
      expect(createdAt).toBeGreaterThanOrEqual(before)
      expect(createdAt).toBeLessThanOrEqual(after)
      expect({ updatedAt, dueAt }).toEqual({ updatedAt: createdAt, dueAt: createdAt })
    },
  ),

  rule('add-005', 'the entries of one call are answered one by one, in order', async (trial) => {
    const entries = [3, 1, 2].map((priority) => entry({ priority }))
    expect(await trial.log.add(entries)).toEqual(entries.map(({ id }) => ({ outcome: 'added', id })))
    expect(await trial.log.find(entries.map(({ id }) => id))).toHaveLength(3)
  }),

  rule('add-006', 'adding nothing is answered with nothing', async (trial) => {
    expect(await trial.log.add([])).toEqual([])
  }),

  rule('add-007', 'a delayed entry is due that much later and held back until then', async (trial) => {
    const { createdAt, dueAt, hold } = await trial.get(await trial.add({ delayMs: 90_061_001 }))
    expect({ delay: dueAt - createdAt, hold }).toEqual({ delay: 90_061_001, hold: 'due' })
  }),

  rule('add-008', 'an instant to be due at goes before a delay', async (trial) => {
    const dueAt = (await trial.log.now()) + 3_600_123
    expect(await trial.get(await trial.add({ dueAt, delayMs: 5 }))).toMatchObject({ dueAt, hold: 'due' })
  }),

  rule('add-009', 'an entry that was due in the past is ready', async (trial) => {
    const dueAt = (await trial.log.now()) - 86_400_001
    expect(await trial.get(await trial.add({ dueAt }))).toMatchObject({ dueAt, hold: null })
  }),

  rule('add-010', 'an entry with a limit key waits for a slot', async (trial) => {
    expect(await trial.get(await trial.add({ limitKey: 'customer-1', limitMax: 1 }))).toMatchObject({
      hold: 'limit',
    })
  }),

  rule('add-011', 'an entry that is not due waits for its time before it waits for a slot', async (trial) => {
    const id = await trial.add({ limitKey: 'customer-1', limitMax: 1, delayMs: 60_000 })
    expect(await trial.get(id)).toMatchObject({ hold: 'due' })
  }),

  rule('add-012', 'an entry that is there already is answered as added and stays as it is', async (trial) => {
    const fields = { idempotencyKey: 'key', parentId: await trial.add() }
    const id = await trial.add({ ...fields, label: 'first' })
    await trial.cause('cancel', fields.parentId)
    const record = await trial.get(id)
    const fresh = entry()
    expect(await trial.log.add([entry({ ...fields, id, label: 'again' }), fresh])).toEqual([
      { outcome: 'added', id },
      { outcome: 'added', id: fresh.id },
    ])
    expect(await trial.get(id)).toEqual(record)
    expect(await trial.status(fresh.id)).toBe('enqueued')
  }),

  rule('add-013', 'an id that comes twice in one call is stored once', async (trial) => {
    const id = createTaskId(Date.now())
    expect(await trial.log.add([entry({ id, label: 'first' }), entry({ id, label: 'second' })])).toEqual([
      { outcome: 'added', id },
      { outcome: 'added', id },
    ])
    expect(await trial.get(id)).toMatchObject({ label: 'first' })
  }),

  rule('add-014', 'a refused entry is not stored, and those beside it are', async (trial) => {
    const parentId = createTaskId(Date.now())
    const [first, orphan, last] = [entry(), entry({ parentId }), entry()]
    expect(await trial.log.add([first, orphan, last])).toEqual([
      { outcome: 'added', id: first.id },
      { outcome: 'refused', id: orphan.id, refusal: 'parent_missing' },
      { outcome: 'added', id: last.id },
    ])
    const found = await trial.log.find([first.id, orphan.id, last.id])
    expect(found.map(({ id }) => id).sort()).toEqual([first.id, last.id].sort())
  }),

  rule('add-015', 'a parent must exist', async (trial) => {
    const child = entry({ parentId: createTaskId(Date.now()) })
    expect(await trial.log.add([child])).toEqual([
      { outcome: 'refused', id: child.id, refusal: 'parent_missing' },
    ])
  }),

  rule('add-016', 'a parent of another owner is refused', async (trial) => {
    const parentId = await trial.add({ owner: 'ada' })
    const child = entry({ parentId, owner: 'grace' })
    expect(await trial.log.add([child])).toEqual([
      { outcome: 'refused', id: child.id, refusal: 'parent_foreign' },
    ])
    expect(await trial.get(parentId)).toMatchObject({ hasChildren: false })
  }),

  rule('add-017', 'a parent that has ended is refused', async (trial) => {
    const parentId = await trial.add()
    await trial.cause('cancel', parentId)
    const child = entry({ parentId })
    expect(await trial.log.add([child])).toEqual([
      { outcome: 'refused', id: child.id, refusal: 'parent_ended' },
    ])
  }),

  rule('add-018', 'a parent that is archived is refused', async (trial) => {
    const parentId = await trial.add()
    await trial.cause('force_archive', parentId)
    const child = entry({ parentId })
    expect(await trial.log.add([child])).toEqual([
      { outcome: 'refused', id: child.id, refusal: 'parent_ended' },
    ])
  }),

  rule('add-019', 'a parent remembers that it was given a child', async (trial) => {
    const parentId = await trial.add()
    const childId = await trial.add({ parentId })
    expect(await trial.get(parentId)).toMatchObject({ hasChildren: true, status: 'enqueued' })
    expect(await trial.get(childId)).toMatchObject({ parentId, hasChildren: false })
  }),

  rule('add-020', 'a parent may be added by the same call, before its children', async (trial) => {
    const parent = entry()
    const child = entry({ parentId: parent.id })
    const grandchild = entry({ parentId: child.id })
    const outcomes = await trial.log.add([parent, child, grandchild])
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['added', 'added', 'added'])
    expect(await trial.get(parent.id)).toMatchObject({ hasChildren: true })
    expect(await trial.get(child.id)).toMatchObject({ hasChildren: true })
  }),

  rule('add-021', 'one call adds a thousand entries', async (trial) => {
    const ids = await trial.addMany(1_000, (index) => ({ label: `Row ${index}` }))
    const found = await trial.log.find(ids)
    expect(new Map(found.map(({ id, label }) => [id, label]))).toEqual(
      new Map(ids.map((id, index) => [id, `Row ${index}`])),
    )
  }),
]
