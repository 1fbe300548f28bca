import type { Claim, ClaimRequest } from '@waybill/core'
import type { MemoryTaskLog } from '@waybill/tasklog-memory'
import { column, searchOf } from '../../src/task-log/filters.ts'
import { settlement } from '../../src/task-log/test-worker.ts'
import { type BrokenLog, type Known, pause } from './broken-log.ts'

function idsFrom(request: ClaimRequest): readonly string[] {
  return 'ids' in request.from ? request.from.ids : []
}

/** Takes an entry that is held away from its holder, as if it were ready. */
async function steal(right: MemoryTaskLog, known: Known, id: string): Promise<void> {
  const held = known.claims.get(id)
  if (held !== undefined) await right.settle([settlement(held, 'release')])
}

/** The ready entries of a queue, in an order that is asked for. */
async function ready(
  right: MemoryTaskLog,
  queue: string,
  sort: 'priority' | 'createdAt' | 'id',
  direction: 'ascending' | 'descending',
): Promise<readonly string[]> {
  const where = {
    kind: 'and',
    nodes: [column('queue', 'eq', queue), column('status', 'eq', 'enqueued'), column('hold', 'eq', null)],
  } as const
  return (await right.search(searchOf({ where, sort, direction, limit: 1_000 }))).map(({ id }) => id)
}

/** Logs that hand out tasks wrongly. */
export const brokenClaims: readonly BrokenLog[] = [
  {
    name: 'U2: a claim by id takes an entry whatever its status, so what has run runs again',
    breaks: 'claim-009 claim-010 claim-013 cancel-005 race-008 race-101 race-102 race-107..109 race-111..114',
    isFoundAtRandom: true,
    tamper: (right, known) => ({
      claim: async (request) => {
        for (const id of idsFrom(request)) {
          await steal(right, known, id)
          await right.transition({
            event: 'restart',
            ids: [id],
            from: ['failed', 'cancelled'],
            reason: null,
            report: null,
          })
        }
        return right.claim(request)
      },
    }),
  },
  {
    name: 'a claim looks for entries first and takes them later, without looking again',
    breaks: 'claim-002 promote-007 promote-015 force-005 race-002 race-004 close-005',
    isFoundAtRandom: true,
    tamper: (right, known) => ({
      claim: async (request) => {
        if (!('queue' in request.from)) return right.claim(request)
        const seen = await right.claim(request)
        await right.settle(seen.map((claim) => settlement(claim, 'release', { reason: null })))
        const ids = seen.map(({ id }) => id)
        await pause()
        for (const id of ids) await steal(right, known, id)
        return right.claim({ ...request, from: { ids } })
      },
    }),
  },
  {
    name: 'U10: a claim that meets another one comes back empty, though there is work',
    breaks: 'race-001 close-005',
    tamper: (right) => {
      let isBusy = false
      return {
        claim: async (request) => {
          if (isBusy) return []
          isBusy = true
          await pause()
          isBusy = false
          return right.claim(request)
        },
      }
    },
  },
  {
    name: 'a claim takes one more than its limit',
    breaks: 'claim-006 claim-007 claim-013 claim-017 race-001 race-101',
    isFoundAtRandom: true,
    tamper: (right) => ({ claim: async (request) => right.claim({ ...request, limit: request.limit + 1 }) }),
  },
  {
    name: 'a claim does not look at priorities',
    breaks: 'claim-004..006 promote-016 close-005',
    isFoundAtRandom: true,
    tamper: (right) => ({
      claim: async (request) => {
        if (!('queue' in request.from)) return right.claim(request)
        const ids = await ready(right, request.from.queue, 'createdAt', 'ascending')
        return right.claim({ ...request, from: { ids } })
      },
    }),
  },
  {
    name: 'equal priorities are claimed in the order of their ids, not of their adding',
    breaks: 'claim-005 close-005',
    tamper: (right) => ({
      claim: async (request) => {
        if (!('queue' in request.from)) return right.claim(request)
        const ids = await ready(right, request.from.queue, 'priority', 'ascending')
        return right.claim({ ...request, from: { ids } })
      },
    }),
  },
  {
    name: 'a claim by ids takes the oldest first, not those that are named first',
    breaks: 'claim-013 claim-018',
    tamper: (right) => ({
      claim: async (request) =>
        right.claim({
          ...request,
          from: 'ids' in request.from ? { ids: request.from.ids.toSorted() } : request.from,
        }),
    }),
  },
  {
    name: 'a claim by ids does not look whether the queue is paused',
    breaks: 'claim-016',
    isFoundAtRandom: true,
    tamper: (right) => ({
      claim: async (request) => {
        if ('queue' in request.from) return right.claim(request)
        const paused = (await right.queueStates()).filter((state) => state.paused)
        for (const { queue } of paused) await right.setQueue(queue, { paused: false })
        const claims = await right.claim(request)
        for (const { queue } of paused) await right.setQueue(queue, { paused: true })
        return claims
      },
    }),
  },
  {
    name: 'a claim looks at the concurrency once, not for each task it takes',
    breaks: 'claim-017 claim-018 close-005',
    isFoundAtRandom: true,
    tamper: (right) => ({
      claim: async (request) => {
        const states = (await right.queueStates()).filter(({ concurrency }) => concurrency !== null)
        const full = states.filter(({ concurrency, held }) => held >= (concurrency ?? 0))
        if (full.length > 0) return right.claim(request)
        for (const { queue } of states) await right.setQueue(queue, { concurrency: null })
        await pause()
        const claims = await right.claim(request)
        for (const { queue, concurrency } of states) await right.setQueue(queue, { concurrency })
        return claims
      },
    }),
  },
  {
    name: 'a claim keeps the token of the claim before, so a worker that lost its task still fits',
    breaks: 'claim-019 settle-015 recover-006 recover-007 parent-023',
    tamper: (right, known) => ({
      claim: async (request) => {
        const before = new Map(known.claims)
        const [id] = idsFrom(request)
        const token = (id === undefined ? undefined : before.get(id)?.token) ?? request.token
        return (await right.claim({ ...request, token })).map((claim): Claim => ({ ...claim, token }))
      },
    }),
  },
  {
    name: 'a claim does not count an attempt',
    breaks: 'claim-019 recover-012 promote-017 parent-018',
    isFoundAtRandom: true,
    tamper: (right) => ({
      claim: async (request) => (await right.claim(request)).map((claim) => ({ ...claim, attempt: 1 })),
    }),
  },
  {
    name: 'claims show another token than the one they are held under',
    breaks:
      'key-007 data-017 filter-032 count-005 count-006 claim-003 claim-010 claim-017 claim-019 claim-020 claim-022 start-001 start-003..005 heartbeat-004..007 heartbeat-009 heartbeat-010 heartbeat-013 heartbeat-014 settle-001..011 settle-013..016 settle-020..022 settle-024..030 recover-006..008 recover-010 recover-012..015 recover-018 recover-019 recover-022 recover-026 retire-002 promote-008..010 promote-013 promote-015 promote-017 parent-001..022 parent-024 parent-026..029 parent-031 parent-032 parent-034..037 cancel-003 cancel-004 cancel-007 request-001 request-002 request-007..009 force-001 force-002 archive-001 archive-002 archive-004 archive-005 restart-001 restart-003..005 restart-008..011 delete-002 delete-005 delete-008 queue-001 queue-006 worker-003 wake-003 race-003..006 race-101..122',
    isFoundAtRandom: true,
    tamper: (right) => ({
      claim: async (request) =>
        (await right.claim(request)).map((claim) => ({ ...claim, token: `${claim.token} ` })),
    }),
  },
  {
    name: 'an id that is named twice is answered twice',
    breaks: 'claim-014',
    tamper: (right) => ({
      claim: async (request) => {
        const claims = await right.claim(request)
        const ids = idsFrom(request)
        const again = ids.filter((id, index) => ids.indexOf(id) !== index)
        return [...claims, ...claims.filter(({ id }) => again.includes(id))]
      },
    }),
  },
  {
    name: 'what is queued again goes to the end of its queue',
    breaks: 'claim-022',
    isFoundAtRandom: true,
    tamper: (right) => {
      const again = new Set<string>()
      return {
        settle: async (settlements) => {
          for (const { id, to } of settlements) if (to === 'retry' || to === 'release') again.add(id)
          return right.settle(settlements)
        },
        claim: async (request) => {
          const claims = await right.claim(request)
          return claims.toSorted((left, right) => Number(again.has(left.id)) - Number(again.has(right.id)))
        },
      }
    },
  },
  {
    name: 'a claim takes no more than a hundred, whatever its limit',
    breaks: 'claim-021 heartbeat-012..013 settle-029',
    tamper: (right) => ({
      claim: async (request) => right.claim({ ...request, limit: Math.min(request.limit, 100) }),
    }),
  },
  {
    name: 'a claim counts what is held, and takes later',
    breaks: 'race-003 close-005',
    tamper: (right) => ({
      claim: async (request) => {
        const { from } = request
        const state = (await right.queueStates()).find(({ queue }) => 'queue' in from && queue === from.queue)
        if (state === undefined || state.concurrency === null) return right.claim(request)
        const limit = Math.min(request.limit, state.concurrency - state.held)
        await pause()
        await right.setQueue(state.queue, { concurrency: null })
        const claims = await right.claim({ ...request, limit })
        await right.setQueue(state.queue, { concurrency: state.concurrency })
        return claims
      },
    }),
  },
]
