import { expect } from 'vitest'
import { settlement } from '../task-log/test-worker.ts'
import { entry } from '../task-log/trial.ts'
import { type BrokerRule, brokerRule, unless } from './broker-rule.ts'
import { tasksOf } from './broker-trial.ts'

/** Brokers that are the log. */
export const claimingRules: readonly BrokerRule[] = [
  brokerRule(
    'claiming-001',
    'a delivery is claimed for its consumer',
    async (trial) => {
      const [id = ''] = await trial.send('q')
      const [delivery] = await trial.pop('q', 1, 'one')
      expect(delivery?.claim).toMatchObject({ id, queue: 'q', attempt: 1 })
      expect(await trial.entryOf(id)).toMatchObject({ status: 'dequeued', worker: 'one' })
    },
    unless('claims'),
  ),

  brokerRule(
    'claiming-002',
    'the token of a delivery settles its task',
    async (trial) => {
      const [id = ''] = await trial.send('q')
      const deliveries = await trial.pop('q')
      const claims = deliveries.flatMap(({ claim }) => claim ?? [])
      const answers = await trial.log.settle(claims.map((claim) => settlement(claim, 'completed')))
      expect(answers).toEqual([{ id, accepted: true, status: 'completed' }])
      await trial.broker.acknowledge(deliveries)
      expect(await trial.pop('q')).toEqual([])
    },
    unless('claims'),
  ),

  brokerRule(
    'claiming-003',
    'an entry needs no push: adding it is enough',
    async (trial) => {
      const added = entry({ queue: 'q' })
      await trial.log.add([added])
      expect(await trial.broker.count('q')).toBe(1)
      expect(tasksOf(await trial.pop('q'))).toEqual([added.id])
    },
    unless('claims'),
  ),

  brokerRule(
    'claiming-004',
    'a release gives the attempt back',
    async (trial) => {
      const [id = ''] = await trial.send('q')
      await trial.broker.release(await trial.pop('q'))
      expect(await trial.entryOf(id)).toMatchObject({ status: 'enqueued', attempt: 0, worker: null })
    },
    unless('claims'),
  ),

  brokerRule(
    'claiming-005',
    'a release of what was settled changes nothing',
    async (trial) => {
      const [id = ''] = await trial.send('q')
      const deliveries = await trial.pop('q')
      const claims = deliveries.flatMap(({ claim }) => claim ?? [])
      await trial.log.settle(claims.map((claim) => settlement(claim, 'completed')))
      const record = await trial.entryOf(id)
      await trial.broker.release(deliveries)
      expect(await trial.entryOf(id)).toEqual(record)
    },
    unless('claims'),
  ),

  brokerRule(
    'claiming-006',
    'what is cancelled, not due or paused is not delivered and not counted as waiting',
    async (trial) => {
      const [cancelled = ''] = await trial.send('q')
      await trial.log.transition({
        event: 'cancel',
        ids: [cancelled],
        from: ['enqueued'],
        reason: 'cancelled',
        report: null,
      })
      await trial.log.add([entry({ queue: 'q', delayMs: 60_000 })])
      expect(await trial.broker.count('q')).toBe(0)
      expect(await trial.pop('q')).toEqual([])
      await trial.send('paused')
      await trial.log.setQueue('paused', { paused: true })
      expect(await trial.pop('paused')).toEqual([])
    },
    unless('claims'),
  ),

  brokerRule(
    'claiming-007',
    'a push makes ready what waits for a slot of its key',
    async (trial) => {
      const added = [0, 1].map(() => entry({ queue: 'q', limitKey: 'key', limitMax: 1 }))
      await trial.log.add(added)
      await trial.broker.push(
        'q',
        added.map(({ id }) => ({ version: 1, id })),
      )
      expect(tasksOf(await trial.pop('q'))).toEqual([added[0]?.id])
    },
    unless('claims'),
  ),
]
