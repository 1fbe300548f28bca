import { createToken, type EndStatus, type TaskLogRecord } from '@waybill/core'
import { expect } from 'vitest'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'
import { settlement } from './test-worker.ts'
import { type ClaimTrial, entry, QUEUE } from './trial.ts'

/** A chain: each entry is the child of the one before. */
async function chain(trial: ClaimTrial, length: number): Promise<readonly string[]> {
  const ids = [await trial.add()]
  while (ids.length < length) ids.push(await trial.add({ parentId: ids.at(-1) ?? null }))
  return ids
}

/** Runs a parent and two children in the given order; answers the parent. */
async function runFamily(
  trial: ClaimTrial,
  order: readonly ('parent' | 'first' | 'second')[],
  outcomes: { parent: EndStatus; first: EndStatus; second: EndStatus },
): Promise<TaskLogRecord> {
  const parent = await trial.add()
  const [first, second] = await trial.addAll([{ parentId: parent }, { parentId: parent }])
  const ids = { parent, first, second }
  const worker = await trial.worker()
  for (const who of order) await worker.run(ids[who], outcomes[who])
  return trial.get(parent)
}

const ORDERS = [
  ['parent', 'first', 'second'],
  ['first', 'parent', 'second'],
  ['first', 'second', 'parent'],
  ['second', 'parent', 'first'],
] as const

/** Families in every order. */
export const parentRules: readonly TaskLogRule[] = [
  claimRule('parent-001', 'a parent that ends before its child waits for it', async (trial) => {
    const parent = await trial.add()
    const child = await trial.add({ parentId: parent })
    const worker = await trial.worker()
    const claim = await worker.take(parent)
    expect(await worker.settle(claim, 'completed', { report: '"own"' })).toEqual({
      id: parent,
      accepted: true,
      status: 'child_running',
    })
    const record = await trial.get(parent)
    expect(record).toMatchObject({ status: 'child_running', outcome: 'completed', report: '"own"' })
    expect(record.finishedAt).toBeNull()
    expect(await trial.status(child)).toBe('enqueued')
  }),

  claimRule('parent-002', 'a parent ends with its last child, in every order', async (trial) => {
    for (const order of ORDERS) {
      const outcomes = { parent: 'completed', first: 'completed', second: 'completed' } as const
      const record = await runFamily(trial, order, outcomes)
      expect(record, order.join()).toMatchObject({ status: 'completed', outcome: 'completed', reason: null })
      expect(record.finishedAt, order.join()).not.toBeNull()
    }
  }),

  claimRule('parent-003', 'a parent whose child failed fails, in every order', async (trial) => {
    for (const order of ORDERS) {
      const outcomes = { parent: 'completed', first: 'failed', second: 'completed' } as const
      expect(await runFamily(trial, order, outcomes), order.join()).toMatchObject({
        status: 'failed',
        outcome: 'failed',
        reason: 'child_failed',
      })
    }
  }),

  claimRule(
    'parent-004',
    'a parent whose own run failed keeps its own reason, in every order',
    async (trial) => {
      for (const order of ORDERS) {
        const outcomes = { parent: 'failed', first: 'failed', second: 'completed' } as const
        expect(await runFamily(trial, order, outcomes), order.join()).toMatchObject({
          status: 'failed',
          outcome: 'failed',
          reason: 'report',
        })
      }
    },
  ),

  claimRule(
    'parent-005',
    'a cancelled child does not keep its parent open, and does not fail it',
    async (trial) => {
      for (const order of ORDERS) {
        const outcomes = { parent: 'completed', first: 'cancelled', second: 'completed' } as const
        expect(await runFamily(trial, order, outcomes), order.join()).toMatchObject({
          status: 'completed',
          reason: null,
        })
      }
    },
  ),

  claimRule(
    'parent-006',
    'a parent whose own run was cancelled ends as cancelled, whatever its children do',
    async (trial) => {
      for (const order of ORDERS) {
        const outcomes = { parent: 'cancelled', first: 'failed', second: 'completed' } as const
        expect(await runFamily(trial, order, outcomes), order.join()).toMatchObject({
          status: 'cancelled',
          outcome: 'cancelled',
          reason: 'report',
        })
      }
    },
  ),

  claimRule(
    'parent-007',
    'a parent waits for its own failure too: it is open while a child is',
    async (trial) => {
      const parent = await trial.add()
      await trial.add({ parentId: parent })
      await (await trial.worker()).run(parent, 'failed', { reason: 'error' })
      expect(await trial.get(parent)).toMatchObject({
        status: 'child_running',
        outcome: 'failed',
        reason: 'error',
        finishedAt: null,
      })
    },
  ),

  claimRule('parent-008', 'children never change a parent that is its own master', async (trial) => {
    const parent = await trial.add({ masterStatus: true })
    const [first, second] = await trial.addAll([{ parentId: parent }, { parentId: parent }])
    const worker = await trial.worker()
    await worker.run(first, 'failed')
    const claim = await worker.take(parent)
    expect(await worker.settle(claim, 'completed')).toMatchObject({ status: 'completed' })
    const record = await trial.get(parent)
    expect(record).toMatchObject({ status: 'completed', outcome: 'completed', hasChildren: true })
    await worker.run(second, 'failed')
    expect(await trial.get(parent)).toEqual(record)
  }),

  claimRule('parent-009', 'an archived child counts neither as open nor as failed', async (trial) => {
    const parent = await trial.add()
    const [first, second] = await trial.addAll([{ parentId: parent }, { parentId: parent }])
    const worker = await trial.worker()
    await worker.run(first, 'failed')
    await trial.cause('archive', first)
    await worker.run(parent)
    await worker.run(second)
    expect(await trial.get(parent)).toMatchObject({ status: 'completed', reason: null })
  }),

  claimRule('parent-010', 'a deleted child does not keep its parent open', async (trial) => {
    const parent = await trial.add()
    const child = await trial.add({ parentId: parent })
    const worker = await trial.worker()
    await worker.run(child, 'failed')
    expect(await trial.log.delete([child])).toEqual([child])
    await worker.run(parent)
    expect(await trial.status(parent)).toBe('completed')
  }),

  claimRule('parent-011', 'a child that is cancelled while it waits closes its parent', async (trial) => {
    const parent = await trial.add()
    const child = await trial.add({ parentId: parent })
    await (await trial.worker()).run(parent)
    await trial.cause('cancel', child)
    expect(await trial.get(parent)).toMatchObject({ status: 'completed', reason: null })
  }),

  claimRule('parent-012', 'a child that is ended by force closes its parent', async (trial) => {
    for (const event of ['force_cancel', 'force_archive'] as const) {
      const parent = await trial.add()
      const child = await trial.add({ parentId: parent })
      const worker = await trial.worker()
      await worker.run(parent)
      await worker.take(child)
      await trial.cause(event, child)
      expect(await trial.get(parent), event).toMatchObject({ status: 'completed', reason: null })
    }
  }),

  claimRule('parent-013', 'a last child that ends closes grandparents as well', async (trial) => {
    const [top, middle, leaf] = (await chain(trial, 3)) as [string, string, string]
    const worker = await trial.worker()
    await worker.run(top)
    await worker.run(middle)
    expect([await trial.status(top), await trial.status(middle)]).toEqual(['child_running', 'child_running'])
    await worker.run(leaf)
    expect([await trial.status(top), await trial.status(middle)]).toEqual(['completed', 'completed'])
  }),

  claimRule('parent-014', 'a failure goes up to the top', async (trial) => {
    const [top, middle, leaf] = (await chain(trial, 3)) as [string, string, string]
    const worker = await trial.worker()
    await worker.run(top)
    await worker.run(middle)
    await worker.run(leaf, 'failed', { reason: 'error' })
    for (const id of [top, middle]) {
      expect(await trial.get(id)).toMatchObject({ status: 'failed', reason: 'child_failed' })
    }
  }),

  claimRule('parent-015', 'a grandparent waits for a child that waits for its own', async (trial) => {
    const [top, middle, leaf] = (await chain(trial, 3)) as [string, string, string]
    const worker = await trial.worker()
    await worker.run(middle)
    await worker.run(top)
    expect(await trial.status(top)).toBe('child_running')
    await worker.run(leaf)
    expect(await trial.status(top)).toBe('completed')
  }),

  claimRule('parent-016', 'a chain of fifty closes with its leaf', async (trial) => {
    const ids = await chain(trial, 50)
    const worker = await trial.worker()
    for (const id of ids) await worker.run(id)
    const statuses = (await trial.log.find(ids)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set(['completed']))
  }),

  claimRule('parent-017', 'a child that is queued again keeps its parent waiting', async (trial) => {
    const parent = await trial.add()
    const child = await trial.add({ parentId: parent })
    const worker = await trial.worker()
    await worker.run(parent)
    for (const to of ['retry', 'release'] as const) {
      await worker.run(child, to)
      expect(await trial.status(parent), to).toBe('child_running')
    }
    await worker.run(child)
    expect(await trial.status(parent)).toBe('completed')
  }),

  claimRule('parent-018', 'a parent that runs again does not end with its children', async (trial) => {
    const parent = await trial.add()
    const child = await trial.add({ parentId: parent })
    const worker = await trial.worker()
    await worker.run(parent, 'retry')
    await worker.run(child)
    expect(await trial.get(parent)).toMatchObject({ status: 'enqueued', outcome: null })
    const claim = await worker.take(parent)
    expect(claim).toMatchObject({ attempt: 2, hasChildren: true })
    expect(await worker.settle(claim, 'completed')).toMatchObject({ status: 'completed' })
  }),

  claimRule(
    'parent-019',
    'a parent and its last children may be settled by one call, in any order',
    async (trial) => {
      for (const turn of [0, 1, 2]) {
        const parent = await trial.add()
        const children = await trial.addAll([{ parentId: parent }, { parentId: parent }])
        const worker = await trial.worker()
        const claims = await worker.claimIds([parent, ...children])
        const turned = [...claims.slice(turn), ...claims.slice(0, turn)]
        const answers = await trial.log.settle(turned.map((claim) => settlement(claim, 'completed')))
        expect(answers).toEqual(turned.map(({ id }) => ({ id, accepted: true, status: 'completed' })))
        expect(await trial.get(parent)).toMatchObject({
          status: 'completed',
          outcome: 'completed',
          reason: null,
        })
      }
    },
  ),

  claimRule(
    'parent-020',
    'a hundred children settled by one call close their parent, failed if one failed',
    async (trial) => {
      const [good, bad] = await trial.addAll([{ queue: 'parents' }, { queue: 'parents' }])
      await trial.addMany(100, (index) => ({ parentId: index % 2 === 0 ? good : bad }))
      const worker = await trial.worker()
      await worker.run(good)
      await worker.run(bad)
      const claims = await worker.claim(QUEUE, 100)
      await trial.log.settle(
        claims.map((claim, index) => settlement(claim, index === 77 ? 'failed' : 'completed')),
      )
      expect(claims[77]?.parentId).toBe(bad)
      expect(await trial.get(good)).toMatchObject({ status: 'completed', reason: null })
      expect(await trial.get(bad)).toMatchObject({ status: 'failed', reason: 'child_failed' })
    },
  ),

  claimRule(
    'parent-021',
    'a waiting parent takes further children, and waits for them too',
    async (trial) => {
      const parent = await trial.add()
      const first = await trial.add({ parentId: parent })
      const worker = await trial.worker()
      await worker.run(parent)
      const second = await trial.add({ parentId: parent })
      await worker.run(first)
      expect(await trial.status(parent)).toBe('child_running')
      await worker.run(second)
      expect(await trial.status(parent)).toBe('completed')
    },
  ),

  claimRule('parent-022', 'the holder of a parent adds children under its token', async (trial) => {
    const parent = await trial.add()
    const worker = await trial.worker()
    const { token } = await worker.take(parent)
    const child = entry({ parentId: parent, parentToken: token })
    expect(await trial.log.add([child])).toEqual([{ outcome: 'added', id: child.id }])
    expect(await trial.get(parent)).toMatchObject({ hasChildren: true })
  }),

  claimRule('parent-023', 'a worker that lost its parent adds no more children', async (trial) => {
    const parent = await trial.add()
    const zombie = await trial.worker()
    const { token } = await zombie.take(parent)
    await trial.expire(zombie)
    await trial.recover()
    const refused = async (): Promise<void> => {
      const child = entry({ parentId: parent, parentToken: token })
      expect(await trial.log.add([child])).toEqual([
        { outcome: 'refused', id: child.id, refusal: 'parent_lost' },
      ])
      expect(await trial.log.find([child.id])).toEqual([])
    }
    await refused()
    await (await trial.worker()).take(parent)
    await refused()
    expect(await trial.get(parent)).toMatchObject({ hasChildren: false })
  }),

  claimRule(
    'parent-024',
    'a worker that settled its parent adds no more children under its token',
    async (trial) => {
      const parent = await trial.add()
      await trial.add({ parentId: parent })
      const { token } = await (await trial.worker()).run(parent)
      const child = entry({ parentId: parent, parentToken: token })
      expect(await trial.log.add([child])).toEqual([
        { outcome: 'refused', id: child.id, refusal: 'parent_lost' },
      ])
    },
  ),

  claimRule('parent-025', 'a token that was made up adds no children', async (trial) => {
    const [held, waiting] = await trial.addAll([{}, {}])
    await (await trial.worker()).take(held)
    for (const parentId of [held, waiting]) {
      const child = entry({ parentId, parentToken: createToken() })
      expect(await trial.log.add([child])).toEqual([
        { outcome: 'refused', id: child.id, refusal: 'parent_lost' },
      ])
    }
  }),

  claimRule('parent-026', 'a parent that has ended takes no children, however it ended', async (trial) => {
    const worker = await trial.worker()
    for (const outcome of ['completed', 'failed', 'cancelled'] as const) {
      const parentId = await trial.add()
      const { token } = await worker.run(parentId, outcome)
      for (const parentToken of [null, token]) {
        const child = entry({ parentId, parentToken })
        expect(await trial.log.add([child]), outcome).toEqual([
          { outcome: 'refused', id: child.id, refusal: 'parent_ended' },
        ])
      }
    }
  }),

  claimRule(
    'parent-027',
    'a dead worker whose parent has no attempt left leaves it waiting for its children',
    async (trial) => {
      const parent = await trial.add({ maxAttempts: 1 })
      const child = await trial.add({ parentId: parent, queue: 'other' })
      const worker = await trial.worker()
      await trial.log.start([await worker.take(parent)])
      await trial.expire(worker)
      expect(await trial.recover()).toMatchObject([{ id: parent, status: 'child_running' }])
      expect(await trial.get(parent)).toMatchObject({ status: 'child_running', outcome: 'failed' })
      await (await trial.worker()).run(child)
      expect(await trial.get(parent)).toMatchObject({ status: 'failed', reason: 'worker_died' })
    },
  ),

  claimRule('parent-028', 'a child that fails because its worker died closes its parent', async (trial) => {
    const parent = await trial.add()
    const child = await trial.add({ parentId: parent, maxAttempts: 1 })
    const worker = await trial.worker()
    await worker.run(parent)
    await trial.log.start([await worker.take(child)])
    await trial.expire(worker)
    expect(await trial.recover()).toMatchObject([{ id: child, status: 'failed' }])
    expect(await trial.get(parent)).toMatchObject({ status: 'failed', reason: 'child_failed' })
  }),

  claimRule('parent-029', 'a child that is recovered keeps its parent waiting', async (trial) => {
    const parent = await trial.add()
    const child = await trial.add({ parentId: parent })
    const worker = await trial.worker()
    await worker.run(parent)
    await worker.take(child)
    await trial.expire(worker)
    await trial.recover()
    expect(await trial.status(parent)).toBe('child_running')
  }),

  claimRule(
    'parent-030',
    'a cancelled parent cancels what waits below it, and only it is answered',
    async (trial) => {
      const [top, middle, leaf] = (await chain(trial, 3)) as [string, string, string]
      const late = await trial.add({ parentId: top, delayMs: 60_000 })
      expect(await trial.cause('cancel', top, { reason: 'cancelled' })).toEqual([top])
      expect(await trial.get(top)).toMatchObject({
        status: 'cancelled',
        outcome: 'cancelled',
        reason: 'cancelled',
      })
      for (const id of [middle, leaf, late]) {
        expect(await trial.get(id)).toMatchObject({
          status: 'cancelled',
          outcome: 'cancelled',
          reason: 'parent_cancelled',
          hold: null,
        })
      }
    },
  ),

  claimRule(
    'parent-031',
    'a cancelled parent waits for a child that is held, and asks it to stop',
    async (trial) => {
      const parent = await trial.add({ queue: 'other' })
      const [held, waiting] = await trial.addAll([{ parentId: parent }, { parentId: parent }])
      const worker = await trial.worker()
      const claim = await worker.take(held)
      expect(await trial.cause('cancel', parent)).toEqual([parent])
      expect(await trial.get(parent)).toMatchObject({ status: 'child_running', outcome: 'cancelled' })
      expect(await trial.get(held)).toMatchObject({ status: 'dequeued', cancelRequested: true })
      expect(await trial.status(waiting)).toBe('cancelled')
      await worker.settle(claim, 'completed')
      expect(await trial.status(held)).toBe('completed')
      expect(await trial.get(parent)).toMatchObject({ status: 'cancelled', outcome: 'cancelled' })
    },
  ),

  claimRule(
    'parent-032',
    'a parent that is cancelled by force ends at once and takes its family along',
    async (trial) => {
      const parent = await trial.add()
      const [held, waiting, above] = await trial.addAll([
        { parentId: parent },
        { parentId: parent },
        { parentId: parent },
      ])
      const below = await trial.add({ parentId: above })
      const worker = await trial.worker()
      await worker.run(parent)
      await worker.run(above)
      const claim = await worker.take(held)
      expect(await trial.cause('force_cancel', parent)).toEqual([parent])
      const record = await trial.get(parent)
      expect(record).toMatchObject({ status: 'cancelled', outcome: 'cancelled' })
      expect(await trial.get(waiting)).toMatchObject({ status: 'cancelled', reason: 'parent_cancelled' })
      expect(await trial.get(below)).toMatchObject({ status: 'cancelled', reason: 'parent_cancelled' })
      expect(await trial.get(above)).toMatchObject({ status: 'cancelled', cancelRequested: true })
      expect(await trial.get(held)).toMatchObject({ status: 'dequeued', cancelRequested: true })
      await worker.settle(claim, 'completed')
      expect(await trial.get(parent)).toEqual(record)
    },
  ),

  claimRule(
    'parent-033',
    'the family of a parent that is archived by force is taken along',
    async (trial) => {
      const parent = await trial.add()
      const [held, waiting] = await trial.addAll([{ parentId: parent }, { parentId: parent }])
      const worker = await trial.worker()
      const claim = await worker.take(held)
      expect(await trial.cause('force_archive', parent)).toEqual([parent])
      expect(await trial.get(waiting)).toMatchObject({ status: 'cancelled', reason: 'parent_cancelled' })
      expect(await trial.get(held)).toMatchObject({ status: 'dequeued', cancelRequested: true })
      await worker.settle(claim, 'failed')
      expect(await trial.get(parent)).toMatchObject({ status: 'archived', outcome: 'cancelled' })
    },
  ),

  claimRule(
    'parent-034',
    'a retry of a parent that was asked to cancel waits for its held children',
    async (trial) => {
      const parent = await trial.add()
      const child = await trial.add({ parentId: parent })
      const worker = await trial.worker()
      const [own, below] = [await worker.take(parent), await worker.take(child)]
      await trial.log.requestCancel([parent])
      expect(await worker.settle(own, 'retry')).toEqual({
        id: parent,
        accepted: true,
        status: 'child_running',
      })
      await worker.settle(below, 'cancelled', { reason: 'cancelled' })
      expect(await trial.get(parent)).toMatchObject({ status: 'cancelled', reason: 'cancelled' })
    },
  ),

  claimRule(
    'parent-035',
    'a parent ends no sooner than its last child, by the clock of the log',
    async (trial) => {
      const parent = await trial.add()
      const child = await trial.add({ parentId: parent })
      const worker = await trial.worker()
      await worker.run(parent)
      await trial.pass(3)
      await worker.run(child)
      const [above, below] = [await trial.get(parent), await trial.get(child)]
      expect(above.finishedAt ?? 0).toBeGreaterThanOrEqual(below.finishedAt ?? Number.NaN)
    },
  ),

  claimRule(
    'parent-036',
    'the repeated settlement of a last child changes its parent no more',
    async (trial) => {
      const parent = await trial.add()
      const child = await trial.add({ parentId: parent })
      const worker = await trial.worker()
      await worker.run(parent)
      const claim = await worker.run(child, 'failed')
      await trial.cause('restart', parent)
      expect(await worker.settle(claim, 'failed')).toMatchObject({ accepted: true })
      expect(await trial.status(parent)).toBe('enqueued')
    },
  ),

  claimRule(
    'parent-037',
    'a worker that repeats the settlement of a waiting parent learns that it waits',
    async (trial) => {
      const parent = await trial.add()
      await trial.add({ parentId: parent })
      const worker = await trial.worker()
      const claim = await worker.run(parent)
      expect(await worker.settle(claim, 'completed')).toEqual({
        id: parent,
        accepted: true,
        status: 'child_running',
      })
    },
  ),
]
