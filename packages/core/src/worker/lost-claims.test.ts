import { expect, test } from 'vitest'
import { StoreError } from '../errors/errors.ts'
import { WaybillError } from '../errors/waybill-error.ts'
import { createTaskId } from '../identity/id.ts'
import type { QueueDispatcher } from '../queue/queue-dispatcher.ts'
import type { ClaimableTaskLogBroker, Settlement } from '../task-log/claimable-task-log-broker.ts'
import type { TaskLogSearch } from '../task-log/task-log-broker.ts'
import { LostClaims } from './lost-claims.ts'

const [MINE, LOST, LATER] = [createTaskId(1), createTaskId(2), createTaskId(3)]
const outcomeUnknown = new WaybillError('outcome_unknown', 'm')

/** A worker `w` that knows of {@link MINE} alone, and what the log holds for it: tokens by task. */
function setUp(held: Record<string, string>) {
  let now = 0
  const searches: TaskLogSearch[] = []
  const settled: (readonly Settlement[])[] = []
  const pushed: unknown[] = []
  const log: Pick<ClaimableTaskLogBroker, 'search' | 'settle'> = {
    search: async (request) => {
      searches.push(request)
      return Object.keys(held)
        .sort()
        .map((id) => ({ id, queue: 'q' }) as never)
    },
    settle: async (settlements) => {
      settled.push(settlements)
      return settlements.map(({ id, token }) => {
        const accepted = held[id] === token
        if (accepted) delete held[id]
        return { id, accepted, status: accepted ? 'enqueued' : 'dequeued' }
      })
    },
  }
  const dispatcher = {
    clock: { monotonic: () => now },
    pushAgain: (...push: unknown[]) => void pushed.push(push),
  }
  const lost = new LostClaims({
    dispatcher: dispatcher as unknown as QueueDispatcher,
    log: log as ClaimableTaskLogBroker,
    worker: 'w',
    isKnown: (id) => id === MINE,
  })
  return { lost, held, searches, settled, pushed, pass: (ms: number) => (now += ms) }
}

test('a claim whose reply was lost is given back, uncounted, and its queue is told', async () => {
  const { lost, held, settled, pushed } = setUp({ [MINE]: 'mine', [LOST]: 'lost' })
  await expect(lost.watch('lost', () => Promise.reject(outcomeUnknown))).rejects.toBe(outcomeUnknown)
  await lost.giveBack()
  expect(held).toEqual({ [MINE]: 'mine' })
  expect(settled).toEqual([[expect.objectContaining({ id: LOST, token: 'lost', to: 'release' })]])
  expect(pushed).toEqual([['q', LOST, 0]])
})

test('what is held under another token than a doubtful one stays, and nobody is told', async () => {
  const { lost, held, pushed } = setUp({ [LOST]: 'lost', [LATER]: 'fresh' })
  lost.doubt('lost')
  await lost.giveBack()
  expect(held).toEqual({ [LATER]: 'fresh' })
  expect(pushed).toEqual([['q', LOST, 0]])
})

test('a task this worker knows of is never given back, not even under a doubtful token', async () => {
  const { lost, held, settled } = setUp({ [MINE]: 'lost' })
  lost.doubt('lost')
  await lost.giveBack()
  expect(held).toEqual({ [MINE]: 'lost' })
  expect(settled).toEqual([])
})

test.each([
  ['a fault nobody can name', true, new Error('m')],
  ['an unknown outcome', true, outcomeUnknown],
  ['a store that was not reached', false, new StoreError('store_unavailable', 'm', { retryable: true })],
])('after %s a claim is in doubt: %s', async (_, isDoubtful, error) => {
  const { lost, searches } = setUp({})
  await lost.watch('t', () => Promise.reject(error)).catch(() => {})
  await lost.giveBack()
  expect(searches).toHaveLength(isDoubtful ? 1 : 0)
})

test('a claim that was answered leaves no doubt', async () => {
  const { lost, searches } = setUp({})
  expect(await lost.watch('t', async () => 'answer')).toBe('answer')
  await lost.giveBack()
  expect(searches).toEqual([])
})

test('a token stays doubtful for a minute: the call may still be on its way', async () => {
  const { lost, held, searches, pass } = setUp({})
  lost.doubt('lost')
  await lost.giveBack()
  held[LOST] = 'lost'
  pass(59_999)
  await lost.giveBack()
  expect(held).toEqual({})
  pass(1)
  await lost.giveBack()
  held[LATER] = 'lost'
  await lost.giveBack()
  expect(held).toEqual({ [LATER]: 'lost' })
  expect(searches).toHaveLength(3)
})

test('while it looks it does not begin to look again', async () => {
  const { lost, searches } = setUp({ [LOST]: 'lost' })
  lost.doubt('lost')
  await Promise.all([lost.giveBack(), lost.giveBack()])
  expect(searches).toHaveLength(1)
})
