import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test } from 'vitest'
import { createTaskId } from '../identity/id.ts'
import type { Delivery } from '../queue/broker.ts'
import type { QueueDispatcher } from '../queue/queue-dispatcher.ts'
import type { TaskStatus } from '../task/status.ts'
import type { Claim, ClaimableTaskLogBroker } from '../task-log/claimable-task-log-broker.ts'
import { claimDeliveries } from './claim-deliveries.ts'

const NOW = 1_000_000
const CHANNEL = 'waybill:broker:quarantined'

interface Entry {
  readonly status: TaskStatus
  readonly dueAt: number
}

const delivery = (body: unknown, claim?: object): Delivery =>
  ({ queue: 'q', body, claim }) as unknown as Delivery
const message = (id: string): object => ({ version: 1, id })

/** Claims deliveries from a log in which these entries can be claimed, and those stand as they are. */
async function claim(
  deliveries: readonly Delivery[],
  claimable: readonly string[],
  entries: Record<string, Entry>,
) {
  const asked: unknown[] = []
  const acknowledged: (readonly Delivery[])[] = []
  const pushed: unknown[] = []
  const quarantined: unknown[] = []
  const listen = (told: unknown): void => void quarantined.push(told)
  subscribe(CHANNEL, listen)
  onTestFinished(() => void unsubscribe(CHANNEL, listen))
  const log: Pick<ClaimableTaskLogBroker, 'claim' | 'find' | 'now'> = {
    claim: async (request) => {
      asked.push(request)
      return claimable.map((id) => ({ id }) as Claim)
    },
    find: async (ids) =>
      ids.flatMap((id) => (entries[id] ? [{ id, queue: 'q', ...entries[id] } as never] : [])),
    now: async () => NOW,
  }
  const dispatcher = {
    acknowledge: async (each: readonly Delivery[]) => void acknowledged.push(each),
    pushAgain: (...push: unknown[]) => void pushed.push(push),
  }
  const claimed = await claimDeliveries(
    dispatcher as unknown as QueueDispatcher,
    log as ClaimableTaskLogBroker,
    { worker: 'w', token: 't' },
    deliveries,
  )
  return { claimed, asked, acknowledged, pushed, quarantined }
}

test('what the log hands out is claimed with one call, under its own delivery, and not acknowledged', async () => {
  const [first, second, held] = [createTaskId(1), createTaskId(2), { id: createTaskId(3) }]
  const deliveries = [delivery(message(first)), delivery(null, held), delivery(message(second))]
  const { claimed, asked, acknowledged } = await claim(deliveries, [second, first], {})
  expect(claimed).toEqual([
    { delivery: deliveries[1], claim: held },
    { delivery: deliveries[2], claim: { id: second } },
    { delivery: deliveries[0], claim: { id: first } },
  ])
  expect(asked).toEqual([{ worker: 'w', token: 't', from: { ids: [first, second] }, limit: 2 }])
  expect(acknowledged).toEqual([])
})

test('a claim that came with its delivery asks the log for nothing', async () => {
  const { asked, acknowledged } = await claim([delivery(null, { id: createTaskId(1) })], [], {})
  expect([asked, acknowledged]).toEqual([[], []])
})

test.each([
  [null],
  ['text'],
  [{}],
  [{ version: 2, id: createTaskId(1) }],
  [{ version: 1 }],
  [{ version: 1, id: 'x' }],
])('%j is no message: it is told, and acknowledged', async (body) => {
  const deliveries = [delivery(body)]
  const { asked, acknowledged, quarantined } = await claim(deliveries, [], {})
  expect(asked).toEqual([])
  expect(acknowledged).toEqual([deliveries])
  expect(quarantined).toEqual([{ queue: 'q', body, reason: 'not a message of version 1' }])
})

test('a message that comes twice is claimed once, and is nothing to tell of', async () => {
  const id = createTaskId(1)
  const deliveries = [delivery(message(id)), delivery(message(id))]
  const { claimed, acknowledged, quarantined } = await claim(deliveries, [id], {})
  expect(claimed).toHaveLength(1)
  expect(acknowledged).toEqual([[deliveries[1]]])
  expect(quarantined).toEqual([])
})

test('what waits is asked about later, what has ended or is held is not, and no entry is told', async () => {
  const [ready, due, ended, held, missing] = [1, 2, 3, 4, 5].map(createTaskId) as [
    string,
    string,
    string,
    string,
    string,
  ]
  const deliveries = [ready, due, ended, held, missing].map((id) => delivery(message(id)))
  const { acknowledged, pushed, quarantined } = await claim(deliveries, [], {
    [ready]: { status: 'enqueued', dueAt: NOW - 5 },
    [due]: { status: 'enqueued', dueAt: NOW + 9_000 },
    [ended]: { status: 'completed', dueAt: NOW },
    [held]: { status: 'running', dueAt: NOW },
  })
  expect(acknowledged).toEqual([deliveries])
  expect(pushed).toEqual([
    ['q', ready, 500],
    ['q', due, 9_000],
  ])
  expect(quarantined).toEqual([{ queue: 'q', body: message(missing), reason: 'no entry in the log' }])
})
