import { type Claim, createToken } from '@waybill/core'
import { expect } from 'vitest'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'
import { QUEUE } from './trial.ts'

function idsOf(claims: readonly Claim[]): readonly string[] {
  return claims.map(({ id }) => id)
}

/** Handing tasks to workers. */
export const claimRules: readonly TaskLogRule[] = [
  claimRule('claim-001', 'a claim moves a ready entry from enqueued to dequeued', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const before = await trial.log.now()
    expect(idsOf(await worker.claim(QUEUE))).toEqual([id])
    const record = await trial.get(id)
    expect(record).toMatchObject({ status: 'dequeued', worker: worker.id, attempt: 1, hold: null })
    expect(record).toMatchObject({ startedAt: null, finishedAt: null, outcome: null, reason: null })
    expect(record.claimedAt).toBeGreaterThanOrEqual(before)
    expect(record.claimedAt).toBeLessThanOrEqual(await trial.log.now())
    expect(record.updatedAt).toBe(record.claimedAt)
  }),

  claimRule('claim-002', 'a claim brings what a worker needs to run the task', async (trial) => {
    const given = {
      taskName: 'items.import',
      queue: 'slow',
      parameters: '"a.csv"',
      label: 'Import',
      owner: 'grace',
      category: 'import',
      metadata: '{}',
      masterStatus: true,
      priority: 4,
      limitKey: 'key',
      limitMax: 3,
      maxAttempts: 5,
    } as const
    const parentId = await trial.add({ owner: 'grace' })
    const id = await trial.add({ ...given, parentId })
    await trial.add({ parentId: id, owner: 'grace' })
    await trial.log.promote(10)
    const { limitMax: _limitMax, ...expected } = given
    const [claim] = await (await trial.worker()).claim('slow')
    const { createdAt } = await trial.get(id)
    expect(claim).toEqual({
      ...expected,
      id,
      parentId,
      progress: null,
      attempt: 1,
      hasChildren: true,
      createdAt,
      token: claim?.token,
    })
  }),

  claimRule('claim-003', 'everything a call claims is held under the token it was given', async (trial) => {
    await trial.addMany(3)
    const worker = await trial.worker()
    const token = createToken()
    const claims = await trial.log.claim({ worker: worker.id, token, from: { queue: QUEUE }, limit: 3 })
    expect(claims.map((claim) => claim.token)).toEqual([token, token, token])
  }),

  claimRule('claim-004', 'the smallest priority is claimed first', async (trial) => {
    const [normal, late, first, early] = await trial.addAll([
      { priority: 0 },
      { priority: 32_767 },
      { priority: -32_768 },
      { priority: -1 },
    ])
    const worker = await trial.worker()
    const order: string[] = []
    for (let turn = 0; turn < 4; turn += 1) order.push(...idsOf(await worker.claim(QUEUE, 1)))
    expect(order).toEqual([first, early, normal, late])
  }),

  claimRule(
    'claim-005',
    'equal priorities are claimed in the order in which they were added',
    async (trial) => {
      const added = (await trial.addMany(6)).toReversed()
      for (const id of added) {
        await trial.cause('cancel', id)
        await trial.log.delete([id])
      }
      const ids = [...(await trial.addAll(added.map((id) => ({ id }))))]
      const last = await trial.add({ id: '00000000-0000-7000-8000-000000000000' })
      const worker = await trial.worker()
      const order: string[] = []
      for (let turn = 0; turn < 7; turn += 1) order.push(...idsOf(await worker.claim(QUEUE, 1)))
      expect(order).toEqual([...ids, last])
    },
  ),

  claimRule('claim-006', 'a claim of several takes the same ones, in the same order', async (trial) => {
    const [third, first, fourth, second] = await trial.addAll([
      { priority: 3 },
      { priority: 1 },
      { priority: 3 },
      { priority: 2 },
    ])
    const worker = await trial.worker()
    expect(idsOf(await worker.claim(QUEUE, 3))).toEqual([first, second, third])
    expect(idsOf(await worker.claim(QUEUE, 3))).toEqual([fourth])
  }),

  claimRule('claim-007', 'no more is claimed than the limit', async (trial) => {
    await trial.addMany(5)
    const worker = await trial.worker()
    expect(await worker.claim(QUEUE, 2)).toHaveLength(2)
    expect(await worker.claim(QUEUE, 10)).toHaveLength(3)
    expect(await worker.claim(QUEUE, 10)).toEqual([])
  }),

  claimRule(
    'claim-008',
    'a claim takes from its own queue only, told apart by case and trailing space',
    async (trial) => {
      const [mail] = await trial.addAll([
        { queue: 'mail' },
        { queue: 'Mail' },
        { queue: 'mail ' },
        { queue: 'mails' },
      ])
      const worker = await trial.worker()
      expect(idsOf(await worker.claim('mail'))).toEqual([mail])
      expect(await worker.claim('empty')).toEqual([])
    },
  ),

  claimRule('claim-009', 'what is claimed is not claimed again', async (trial) => {
    const id = await trial.add()
    const [first, second] = [await trial.worker(), await trial.worker()]
    await first.take(id)
    expect(await second.claim(QUEUE)).toEqual([])
    expect(await second.claimIds([id])).toEqual([])
    expect(await first.claimIds([id])).toEqual([])
    expect(await trial.get(id)).toMatchObject({ worker: first.id, attempt: 1 })
  }),

  claimRule('claim-010', 'an entry in any other status is not claimed, by queue or by id', async (trial) => {
    const ids = await trial.addAll([{}, {}, {}, {}, {}, {}])
    const [running, completed, failed, cancelled, archived, waiting] = ids
    await trial.add({ parentId: waiting, queue: 'other' })
    const worker = await trial.worker()
    await trial.log.start([await worker.take(running)])
    await worker.run(completed)
    await worker.run(failed, 'failed')
    await trial.cause('cancel', cancelled)
    await worker.run(archived)
    await trial.cause('archive', archived)
    await worker.run(waiting)
    const before = await trial.log.find(ids)
    expect(before.map(({ status }) => status).sort()).toEqual([
      'archived',
      'cancelled',
      'child_running',
      'completed',
      'failed',
      'running',
    ])
    expect(await worker.claim(QUEUE)).toEqual([])
    expect(await worker.claimIds(ids)).toEqual([])
    expect(new Set(await trial.log.find(ids))).toEqual(new Set(before))
  }),

  claimRule('claim-011', 'an entry that is not due or has no free slot is not claimed', async (trial) => {
    const ids = await trial.addAll([{ delayMs: 60_000 }, { limitKey: 'key', limitMax: 1 }])
    const worker = await trial.worker()
    expect(await worker.claim(QUEUE)).toEqual([])
    expect(await worker.claimIds(ids)).toEqual([])
  }),

  claimRule(
    'claim-012',
    'a claim by ids takes exactly the ready ones of those, from any queue',
    async (trial) => {
      const [one, , three, late] = await trial.addAll([
        { queue: 'a' },
        { queue: 'b' },
        { queue: 'c' },
        { delayMs: 60_000 },
      ])
      const claims = await (await trial.worker()).claimIds([
        three,
        late,
        one,
        '01890a5d-ac96-774b-bcce-b302099a8057',
      ])
      expect([...idsOf(claims)].sort()).toEqual([one, three])
    },
  ),

  claimRule(
    'claim-013',
    'a claim by ids keeps to its limit; those named first come first, whatever their age',
    async (trial) => {
      const [a, b, c, d] = await trial.addAll([{}, {}, {}, {}])
      const worker = await trial.worker()
      expect(idsOf(await worker.claimIds([c, b, d, a], 3))).toEqual([c, b, d])
      expect(idsOf(await worker.claimIds([c, b, d, a], 3))).toEqual([a])
    },
  ),

  claimRule('claim-014', 'an id that is named twice is claimed once', async (trial) => {
    const id = await trial.add()
    expect(await (await trial.worker()).claimIds([id, id])).toHaveLength(1)
    expect(await trial.get(id)).toMatchObject({ attempt: 1 })
  }),

  claimRule('claim-015', 'a claim by no ids takes nothing', async (trial) => {
    await trial.add()
    expect(await (await trial.worker()).claimIds([])).toEqual([])
  }),

  claimRule('claim-016', 'nothing is claimed from a paused queue until it is resumed', async (trial) => {
    const id = await trial.add()
    await trial.log.setQueue(QUEUE, { paused: true })
    const worker = await trial.worker()
    expect(await worker.claim(QUEUE)).toEqual([])
    expect(await worker.claimIds([id])).toEqual([])
    await trial.log.setQueue(QUEUE, { paused: false })
    expect(idsOf(await worker.claim(QUEUE))).toEqual([id])
  }),

  claimRule('claim-017', 'no more of a queue is held than its concurrency', async (trial) => {
    await trial.addMany(5)
    await trial.log.setQueue(QUEUE, { concurrency: 2 })
    const [first, second] = [await trial.worker(), await trial.worker()]
    const [held] = await first.claim(QUEUE, 1)
    expect(await second.claim(QUEUE, 5)).toHaveLength(1)
    expect(await first.claim(QUEUE, 5)).toEqual([])
    await first.settle(held as Claim, 'completed')
    expect(await second.claim(QUEUE, 5)).toHaveLength(1)
    await trial.log.setQueue(QUEUE, { concurrency: null })
    expect(await second.claim(QUEUE, 5)).toHaveLength(2)
  }),

  claimRule(
    'claim-018',
    'a claim by ids keeps to the concurrency of each queue; those named first get the room',
    async (trial) => {
      const [first, second, third, other] = await trial.addAll([
        { queue: 'a' },
        { queue: 'a' },
        { queue: 'a' },
        { queue: 'b' },
      ])
      await trial.log.setQueue('a', { concurrency: 2 })
      const claims = await (await trial.worker()).claimIds([third, second, first, other])
      expect(idsOf(claims)).toEqual([third, second, other])
    },
  ),

  claimRule(
    'claim-019',
    'a claim counts an attempt, and forgets reason and start of the one before',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      const first = await worker.take(id)
      await trial.log.start([first])
      await worker.settle(first, 'retry', { reason: 'error' })
      const again = await worker.take(id)
      expect(again).toMatchObject({ attempt: 2 })
      expect(again.token).not.toBe(first.token)
      expect(await trial.get(id)).toMatchObject({
        status: 'dequeued',
        attempt: 2,
        reason: null,
        startedAt: null,
      })
    },
  ),

  claimRule(
    'claim-020',
    'a report and progress of an earlier attempt stay until they are replaced',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      await worker.run(id, 'retry', { report: '"error"', progress: '"1 done"' })
      expect(await worker.take(id)).toMatchObject({ progress: '"1 done"' })
      expect(await trial.get(id)).toMatchObject({ report: '"error"', progress: '"1 done"' })
    },
  ),

  claimRule('claim-021', 'a claim of many is one answer', async (trial) => {
    const ids = await trial.addMany(500)
    const claims = await (await trial.worker()).claim(QUEUE, 500)
    expect(idsOf(claims)).toEqual(ids)
  }),

  claimRule(
    'claim-022',
    'an entry that is queued again keeps its place before younger ones',
    async (trial) => {
      const [older, younger] = await trial.addAll([{}, {}])
      const worker = await trial.worker()
      await worker.run(older, 'release')
      expect(idsOf(await worker.claim(QUEUE))).toEqual([older, younger])
    },
  ),
]
