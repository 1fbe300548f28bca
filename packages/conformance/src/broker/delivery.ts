import { createTaskId } from '@waybill/core'
import { expect } from 'vitest'
import { type BrokerRule, brokerRule, unless, when } from './broker-rule.ts'
import { tasksOf } from './broker-trial.ts'

/** Carrying messages. */
export const deliveryRules: readonly BrokerRule[] = [
  brokerRule('delivery-001', 'what was pushed is popped', async (trial) => {
    const sent = await trial.send('q', 3)
    expect([...tasksOf(await trial.pop('q'))].sort()).toEqual([...sent].sort())
  }),

  brokerRule('delivery-002', 'a delivery says from which queue it comes', async (trial) => {
    await trial.send('q')
    expect(await trial.pop('q')).toMatchObject([{ queue: 'q' }])
  }),

  brokerRule(
    'delivery-003',
    'a message arrives as it was pushed, and claims nothing',
    async (trial) => {
      const [id] = await trial.send('q')
      const [delivery] = await trial.pop('q')
      expect(delivery?.body).toEqual({ version: 1, id })
      expect(delivery?.claim).toBeUndefined()
    },
    when('claims'),
  ),

  brokerRule('delivery-004', 'an empty queue is answered at once, with nothing', async (trial) => {
    await trial.broker.createQueue('q')
    expect(await trial.pop('q')).toEqual([])
    expect(await trial.pop('never created')).toEqual([])
  }),

  brokerRule('delivery-005', 'no more is popped than the limit', async (trial) => {
    await trial.send('q', 5)
    expect(await trial.pop('q', 2)).toHaveLength(2)
    expect(await trial.pop('q', 10)).toHaveLength(3)
    expect(await trial.pop('q', 10)).toEqual([])
  }),

  brokerRule(
    'delivery-006',
    'queues are told apart, whatever characters their names share',
    async (trial) => {
      const names = ['a.b', 'a_b', 'a-b', 'A.b', 'a b', 'a', 'a.b.c']
      const sent = new Map<string, readonly string[]>()
      for (const name of names) sent.set(name, await trial.send(name))
      for (const name of names) expect(tasksOf(await trial.pop(name)), name).toEqual(sent.get(name))
    },
  ),

  brokerRule(
    'delivery-007',
    'messages come in the order in which they were pushed',
    async (trial) => {
      const sent = [...(await trial.send('q', 5)), ...(await trial.send('q', 5))]
      const popped = [...(await trial.pop('q', 3)), ...(await trial.pop('q', 10))]
      expect(tasksOf(popped)).toEqual(sent)
    },
    unless('ordered'),
  ),

  brokerRule('delivery-008', 'what one consumer popped no other one gets', async (trial) => {
    await trial.send('q', 4)
    const first = await trial.pop('q', 2, 'one')
    const second = await trial.pop('q', 10, 'two')
    expect(new Set(tasksOf([...first, ...second])).size).toBe(4)
    expect(await trial.pop('q', 10, 'one')).toEqual([])
  }),

  brokerRule('delivery-009', 'many who pop at once share the messages out', async (trial) => {
    const sent = await trial.send('q', 100)
    const consumers = Array.from({ length: 8 }, (_, index) => `consumer-${index}`)
    const popped: string[] = []
    for (let round = 0; popped.length < 100 && round < 20; round += 1) {
      const taken = await Promise.all(consumers.map(async (worker) => trial.pop('q', 7, worker)))
      popped.push(...tasksOf(taken.flat()))
    }
    expect(popped.sort()).toEqual([...sent].sort())
  }),

  brokerRule('delivery-010', 'what is released is delivered again', async (trial) => {
    const [id] = await trial.send('q')
    const deliveries = await trial.pop('q')
    expect(await trial.pop('q')).toEqual([])
    await trial.broker.release(deliveries)
    expect(tasksOf(await trial.pop('q', 10, 'another'))).toEqual([id])
  }),

  brokerRule('delivery-011', 'what is acknowledged is not delivered again', async (trial) => {
    await trial.send('q', 3)
    await trial.broker.acknowledge(await trial.pop('q', 2))
    expect(await trial.pop('q')).toHaveLength(1)
    expect(await trial.pop('q')).toEqual([])
  }),

  brokerRule('delivery-012', 'acknowledging or releasing nothing, or twice, is no mistake', async (trial) => {
    await trial.send('q', 2)
    const deliveries = await trial.pop('q')
    await trial.broker.acknowledge([])
    await trial.broker.release([])
    await trial.broker.acknowledge(deliveries)
    await trial.broker.acknowledge(deliveries)
    await trial.broker.release(await trial.pop('q'))
  }),

  brokerRule('delivery-013', 'pushing nothing is no mistake, and neither is pushing twice', async (trial) => {
    const [id] = await trial.send('q')
    await trial.broker.push('q', [])
    await trial.broker.push('q', [{ version: 1, id: id ?? '' }])
    expect(new Set(tasksOf(await trial.pop('q')))).toEqual(new Set([id]))
  }),

  brokerRule('delivery-014', 'a thousand messages are pushed by one call and all arrive', async (trial) => {
    const sent = await trial.send('q', 1_000)
    const popped: string[] = []
    for (let turn = 0; turn < 10; turn += 1) {
      const batch = await trial.pop('q', 300)
      popped.push(...tasksOf(batch))
      await trial.broker.acknowledge(batch)
    }
    expect(popped.sort()).toEqual([...sent].sort())
  }),

  brokerRule('delivery-015', 'a queue counts the messages that wait', async (trial) => {
    expect(await trial.broker.count('q')).toBe(0)
    await trial.send('q', 5)
    await trial.send('other', 1)
    expect(await trial.broker.count('q')).toBe(5)
    const deliveries = await trial.pop('q', 2)
    expect(await trial.broker.count('q')).toBe(3)
    await trial.broker.release(deliveries)
    expect(await trial.broker.count('q')).toBe(5)
  }),

  brokerRule('delivery-016', 'creating a queue again keeps what is in it', async (trial) => {
    await trial.broker.createQueue('q')
    const sent = await trial.send('q', 2)
    await trial.broker.createQueue('q')
    await Promise.all([trial.broker.createQueue('q'), trial.broker.createQueue('q')])
    expect(await trial.broker.count('q')).toBe(2)
    expect([...tasksOf(await trial.pop('q'))].sort()).toEqual([...sent].sort())
  }),

  brokerRule(
    'delivery-017',
    'messages outlive the broker that took them',
    async (trial) => {
      const sent = await trial.send('q', 2)
      await trial.broker.close()
      const again = await trial.open()
      expect(await again.count('q')).toBe(2)
      expect([...tasksOf(await again.pop('q', 10, { worker: 'another' }))].sort()).toEqual([...sent].sort())
    },
    unless('durable'),
  ),

  brokerRule(
    'delivery-018',
    'a message about a task that nobody knows is carried like any other',
    async (trial) => {
      const id = createTaskId(Date.now())
      await trial.broker.push('q', [{ version: 1, id }])
      expect(tasksOf(await trial.pop('q'))).toEqual([id])
    },
    when('claims'),
  ),
]
