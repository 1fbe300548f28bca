import { createMemoryBroker, type MemoryBroker } from '@waybill/broker-memory'
import type { Broker, Delivery, Wakeable } from '@waybill/core'
import type { BrokerInitializer } from '../../src/index.ts'
import { override } from './broken-log.ts'

/** A broker with one thing wrong. */
export interface BrokenBroker {
  /** What is wrong. */
  readonly name: string
  /** The rules it breaks, and no others. */
  readonly breaks: string
  /** The methods that are wrong, made from a broker that is right. */
  readonly tamper: (right: MemoryBroker) => Partial<Broker & Wakeable & { readonly sync: unknown }>
}

/** The initializer of a broken broker. */
export function brokerInitializerOf({ name, tamper }: BrokenBroker): BrokerInitializer {
  return {
    name,
    async create() {
      const right = createMemoryBroker()
      return { broker: override(right, tamper(right)), wakeWithinMs: 20 }
    },
  }
}

/** Every broker that is broken on purpose. */
export const BROKEN_BROKERS: readonly BrokenBroker[] = [
  {
    name: 'creating a queue again drops what is in it',
    breaks: 'delivery-016',
    tamper: (right) => ({
      createQueue: async (queue) => {
        await right.pop(queue, 1_000)
      },
    }),
  },
  {
    name: 'a message that was popped stays in front',
    breaks: 'delivery-005 delivery-007..011 delivery-014 delivery-015',
    tamper: (right) => ({
      pop: async (queue, limit) => {
        const popped = await right.pop(queue, limit)
        await right.release(popped)
        return popped
      },
    }),
  },
  {
    name: 'U1, U8: a message that is given back is gone',
    breaks: 'delivery-010 delivery-015',
    tamper: () => ({ release: async () => {} }),
  },
  {
    name: 'a message that was acknowledged comes back',
    breaks: 'delivery-011 delivery-014',
    tamper: (right) => ({ acknowledge: async (deliveries) => right.release(deliveries) }),
  },
  {
    name: 'the limit of a pop is ignored',
    breaks: 'delivery-005 delivery-011 delivery-015',
    tamper: (right) => ({ pop: async (queue) => right.pop(queue, 1_000) }),
  },
  {
    name: 'the youngest message comes first',
    breaks: 'delivery-007',
    tamper: (right) => {
      const held: Delivery[] = []
      return {
        pop: async (queue, limit) => {
          held.push(...(await right.pop(queue, 1_000)))
          const own = held
            .filter((delivery) => delivery.queue === queue)
            .toReversed()
            .slice(0, limit)
          for (const delivery of own) held.splice(held.indexOf(delivery), 1)
          return own
        },
        count: async (queue) =>
          (await right.count(queue)) + held.filter((delivery) => delivery.queue === queue).length,
      }
    },
  },
  {
    name: 'a push holds ten messages',
    breaks: 'delivery-009 delivery-014',
    tamper: (right) => ({ push: async (queue, messages) => right.push(queue, messages.slice(0, 10)) }),
  },
  {
    name: 'pushing nothing is a mistake',
    breaks: 'delivery-013',
    tamper: (right) => ({
      push: async (queue, messages) => {
        if (messages.length === 0) throw new Error('The batch is empty.')
        return right.push(queue, messages)
      },
    }),
  },
  {
    name: 'releasing what is not held is a mistake',
    breaks: 'delivery-012',
    tamper: (right) => ({
      release: async (deliveries) => {
        if (deliveries.length === 0) throw new Error('PRECONDITION_FAILED - unknown delivery tag')
        return right.release(deliveries)
      },
    }),
  },
  {
    name: 'messages carry the whole task',
    breaks: 'delivery-003',
    tamper: (right) => ({
      push: async (queue, messages) =>
        right.push(
          queue,
          messages.map((message) => ({ ...message, parameters: '{}' })),
        ),
    }),
  },
  {
    name: 'queues share one storage when their names look alike',
    breaks: 'delivery-006',
    tamper: (right) => {
      const nameOf = (queue: string): string => queue.replace(/[^a-z]/gi, '_')
      return {
        push: async (queue, messages) => right.push(nameOf(queue), messages),
        pop: async (queue, limit) =>
          (await right.pop(nameOf(queue), limit)).map((one) => ({ ...one, queue })),
        release: async (deliveries) =>
          right.release(deliveries.map((one) => ({ ...one, queue: nameOf(one.queue) }))),
        count: async (queue) => right.count(nameOf(queue)),
      }
    },
  },
  {
    name: 'a delivery does not know its queue',
    breaks: 'delivery-002',
    tamper: (right) => ({
      pop: async (queue, limit) => (await right.pop(queue, limit)).map((one) => ({ ...one, queue: '' })),
      release: async (deliveries) => right.release(deliveries.map((one) => ({ ...one, queue: 'q' }))),
    }),
  },
  {
    name: 'a queue counts what it ever took',
    breaks: 'delivery-015',
    tamper: (right) => {
      const taken = new Map<string, number>()
      return {
        push: async (queue, messages) => {
          taken.set(queue, (taken.get(queue) ?? 0) + messages.length)
          return right.push(queue, messages)
        },
        count: async (queue) => taken.get(queue) ?? 0,
      }
    },
  },
  {
    name: 'a pop from a queue that was never created is a mistake',
    breaks: 'delivery-004',
    tamper: (right) => ({
      pop: async (queue, limit) => {
        if (queue === 'never created') throw new Error('NOT_FOUND - no queue')
        return right.pop(queue, limit)
      },
    }),
  },
  {
    name: 'the first message of a queue is lost',
    breaks: 'delivery-002 delivery-003 delivery-010 delivery-018',
    tamper: (right) => {
      let pushes = 0
      return {
        push: async (queue, messages) => {
          pushes += 1
          return right.push(queue, messages.length === 1 && pushes === 1 && queue === 'q' ? [] : messages)
        },
      }
    },
  },
  {
    name: 'facts can be changed, and there is one of its own',
    breaks: 'broker-001',
    tamper: (right) => ({ capabilities: { ...right.capabilities, fast: true } as never }),
  },
  {
    name: 'a broker that says it is durable is not',
    breaks: 'delivery-017',
    tamper: (right) => ({ capabilities: Object.freeze({ ...right.capabilities, durable: true }) }),
  },
  {
    name: 'a broker that says it is the log is not',
    breaks: 'delivery-001 delivery-002 delivery-004..016 claiming-001..007 broker-004 broker-005',
    tamper: (right) => ({ capabilities: Object.freeze({ ...right.capabilities, claims: true }) }),
  },
  {
    name: 'a broker that is not quite sync',
    breaks: 'broker-002',
    tamper: () => ({ sync: 'sometimes' }),
  },
  {
    name: 'a broker is closed once only',
    breaks: 'broker-003',
    tamper: (right) => {
      let isClosed = false
      return {
        close: async () => {
          if (isClosed) throw new Error('closed already')
          isClosed = true
          await right.close()
        },
      }
    },
  },
  {
    name: 'nobody is ever woken',
    breaks: 'broker-004 broker-005',
    tamper: () => ({ onWake: () => () => {} }),
  },
  {
    name: 'who stopped listening is woken all the same',
    breaks: 'broker-005',
    tamper: (right) => ({
      onWake: (queue, wake) => {
        right.onWake(queue, wake)
        return () => {}
      },
    }),
  },
]
