import { describe, expect, test } from 'vitest'
import { DATABASES } from '../open-log.ts'
import type { Ledger } from './ledger.ts'
import { moment } from './ledger.ts'
import { seen, setScene } from './scene.ts'
import { obey, share, succeed } from './tasks.ts'

describe.each(DATABASES)('from another process, on %s', (database) => {
  test('a running task is cancelled by the next heartbeat of its worker', async () => {
    const { dispatcher, ledger, start, dismiss } = await setScene(database)
    start()
    const { id } = await dispatcher.enqueue(obey, undefined)
    await seen(() => ledger.of('began').length === 1)
    expect(await dispatcher.taskLog.cancel(id)).toBe('requested')
    const asked = moment()
    await dispatcher.taskLog.wait([id])
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({ status: 'cancelled', reason: 'cancelled' })
    const [ended] = ledger.of('ended')
    const beats = ledger.of('beat').filter((beat) => beat.asked > asked && beat.asked < (ended?.at ?? 0))
    expect(ended).toBeDefined()
    expect(beats.length).toBeLessThanOrEqual(1)
    await dismiss()
  })

  test('a queue is paused, and not one task of it is claimed until it is resumed', async () => {
    const { broker, dispatcher, ledger, start, dismiss } = await setScene(database, {
      queues: ['work', 'other'],
    })
    start({ concurrency: 2, prefetch: 2 })
    start({ concurrency: 2, prefetch: 2 })
    const many = (count: number, ms: number, queue: string) =>
      dispatcher.enqueueMany(
        Array.from({ length: count }, () => ({ task: succeed, input: { ms }, options: { queue } })),
      )
    const ids = (await many(100, 40, 'work')).map(({ id }) => id)
    await seen(() => ledger.of('began').length > 10)
    await broker.pause('work')
    const pausedAt = moment()
    // The other queue shows that both workers look for tasks all the while.
    for (let wave = 0; wave < 5; wave += 1) {
      const others = await many(20, 0, 'other')
      await dispatcher.taskLog.wait(others.map(({ id }) => id))
    }
    const claimedSince = claims(ledger, 'work').filter(({ asked }) => asked > pausedAt)
    expect(claimedSince).toEqual([])
    expect(claims(ledger, 'work').length).toBeLessThan(100)
    await broker.resume('work')
    await dispatcher.taskLog.wait(ids)
    await dismiss()
  })

  test('an owner gets as many slots as the limit says, and a queue too, over all workers', async () => {
    const { broker, dispatcher, ledger, start, standing, dismiss } = await setScene(database, {
      queues: ['work', 'narrow'],
    })
    for (let count = 0; count < 3; count += 1) start({ concurrency: 4 })
    await standing()
    const owners = ['ada', 'bob', 'eve']
    const tasks = owners.flatMap((owner) =>
      Array.from({ length: 12 }, () => ({ task: share, input: { ms: 40 }, options: { owner } })),
    )
    await broker.limit('narrow', 3)
    const narrow = Array.from({ length: 30 }, () => ({
      task: succeed,
      input: { ms: 40 },
      options: { queue: 'narrow', owner: 'the narrow queue' },
    }))
    const added = [...(await dispatcher.enqueueMany(tasks)), ...(await dispatcher.enqueueMany(narrow))]
    await dispatcher.taskLog.wait(added.map(({ id }) => id))
    await dismiss()
    for (const owner of owners) expect([owner, mostAtOnce(ledger, owner)]).toEqual([owner, 2])
    expect(mostAtOnce(ledger, 'the narrow queue')).toBe(3)
    expect(new Set(ledger.of('began').map(({ worker }) => worker)).size).toBe(3)
  })
})

function claims(ledger: Ledger, queue: string) {
  return ledger.of('claimed').filter((claim) => claim.queue === queue)
}

/** The most runs of an owner at the same time. */
function mostAtOnce(ledger: Ledger, owner: string): number {
  const began = ledger.of('began').filter((run) => run.owner === owner)
  const runs = new Set(began.map(({ run }) => run))
  const steps = [
    ...began.map(({ at }) => ({ at, by: 1 })),
    ...ledger.of('ended').flatMap(({ at, run }) => (runs.has(run) ? [{ at, by: -1 }] : [])),
  ]
  let [now, most] = [0, 0]
  for (const { by } of steps.toSorted((left, right) => left.at - right.at)) {
    now += by
    most = Math.max(most, now)
  }
  return most
}
