import { column, searchOf } from '../../src/task-log/filters.ts'
import { type BrokenLog, showing } from './broken-log.ts'

/** Logs that obey administrators wrongly. */
export const brokenAdmin: readonly BrokenLog[] = [
  {
    name: 'U7: a cancel ends what has started as well',
    breaks: 'cancel-003',
    isFoundAtRandom: true,
    tamper: (right) => ({
      transition: async (change) => {
        if (change.event !== 'cancel') return right.transition(change)
        const held = await right.transition({
          ...change,
          event: 'force_cancel',
          from: ['dequeued', 'running'],
        })
        return [...(await right.transition(change)), ...held]
      },
    }),
  },
  {
    name: 'a change answers every entry that was named, whether it moved or not',
    breaks:
      'transition-001 transition-003 transition-005 cancel-003 cancel-004 force-003 archive-002..004 restart-003 restart-008 race-102 race-107 race-108 race-112',
    isFoundAtRandom: true,
    tamper: (right) => ({
      transition: async (change) => {
        await right.transition(change)
        return change.ids
      },
    }),
  },
  {
    name: 'a change does not look at the statuses that were named',
    breaks: 'transition-005 archive-004',
    tamper: (right) => ({
      transition: async (change) =>
        right.transition({
          ...change,
          from: ['enqueued', 'dequeued', 'running', 'child_running', 'completed', 'failed', 'cancelled'],
        }),
    }),
  },
  {
    name: 'a change wipes out the reason that was there',
    breaks: 'transition-006 archive-001',
    tamper: (right) => ({
      transition: async (change) => right.transition({ ...change, reason: change.reason ?? 'forced' }),
    }),
  },
  {
    name: 'a change writes no report',
    breaks: 'transition-006',
    tamper: (right) => ({ transition: async (change) => right.transition({ ...change, report: null }) }),
  },
  {
    name: 'an archived entry is archived without an end: nothing is forced',
    breaks: 'count-005 parent-033 force-002 restart-003',
    isFoundAtRandom: true,
    tamper: (right) => ({
      transition: async (change) =>
        change.event === 'force_archive'
          ? right.transition({ ...change, event: 'force_cancel' })
          : right.transition(change),
    }),
  },
  {
    name: 'the holder of what was forced is still believed',
    breaks: 'force-004 race-103..106',
    isFoundAtRandom: true,
    tamper: (right) => {
      const forced = new Set<string>()
      return {
        transition: async (change) => {
          const moved = await right.transition(change)
          if (change.event.startsWith('force')) for (const id of moved) forced.add(id)
          return moved
        },
        settle: async (settlements) =>
          (await right.settle(settlements)).map((answer) =>
            forced.has(answer.id) ? { ...answer, accepted: true } : answer,
          ),
      }
    },
  },
  {
    name: 'a request to cancel cancels at once',
    breaks:
      'filter-032 heartbeat-008 settle-026 settle-027 recover-016 parent-034 request-001 request-003 request-005 request-006 request-008 request-009',
    isFoundAtRandom: true,
    tamper: (right) => ({
      requestCancel: async (ids) =>
        right.transition({
          event: 'force_cancel',
          ids,
          from: ['dequeued', 'running', 'child_running'],
          reason: 'cancelled',
          report: null,
        }),
    }),
  },
  {
    name: 'a request to cancel is answered once only',
    breaks: 'request-003',
    tamper: (right) => {
      const asked = new Set<string>()
      return {
        requestCancel: async (ids) => {
          const answered = (await right.requestCancel(ids)).filter((id) => !asked.has(id))
          for (const id of answered) asked.add(id)
          return answered
        },
      }
    },
  },
  {
    name: 'a restart lets an old report through',
    breaks: 'restart-005',
    tamper: (right) => {
      const restarted = new Set<string>()
      return {
        transition: async (change) => {
          const moved = await right.transition(change)
          if (change.event === 'restart') for (const id of moved) restarted.add(id)
          return moved
        },
        settle: async (settlements) =>
          (await right.settle(settlements)).map((answer) =>
            restarted.has(answer.id) && answer.status === 'enqueued' ? { ...answer, accepted: true } : answer,
          ),
      }
    },
  },
  {
    name: 'a restart keeps the report',
    breaks: 'restart-001',
    isFoundAtRandom: true,
    tamper: (right) => ({
      transition: async (change) => {
        if (change.event !== 'restart') return right.transition(change)
        const reports = new Map((await right.find(change.ids)).map(({ id, report }) => [id, report]))
        const moved: string[] = []
        for (const id of change.ids) {
          moved.push(...(await right.transition({ ...change, ids: [id], report: reports.get(id) ?? null })))
        }
        return moved
      },
    }),
  },
  {
    name: 'what is open is deleted as well',
    breaks: 'delete-002 delete-008',
    isFoundAtRandom: true,
    tamper: (right) => ({
      delete: async (ids) => {
        await right.transition({
          event: 'force_cancel',
          ids,
          from: ['enqueued', 'dequeued', 'running', 'child_running'],
          reason: null,
          report: null,
        })
        return right.delete(ids)
      },
    }),
  },
  {
    name: 'a delete answers every id that was named',
    breaks: 'delete-002..004 delete-008 race-101..116 race-119',
    isFoundAtRandom: true,
    tamper: (right) => ({
      delete: async (ids) => {
        await right.delete(ids)
        return ids
      },
    }),
  },
  {
    name: 'setting up a queue puts back what is not named',
    breaks: 'queue-003',
    tamper: (right) => ({
      setQueue: async (queue, { paused = false, concurrency = null }) =>
        right.setQueue(queue, { paused, concurrency }),
    }),
  },
  {
    name: 'a queue counts what is not due as ready',
    breaks: 'queue-001',
    isFoundAtRandom: true,
    tamper: (right) => ({
      queueStates: async () =>
        (await right.queueStates()).map((state) => ({ ...state, ready: state.ready + state.due, due: 0 })),
    }),
  },
  {
    name: 'a queue does not know its oldest entry',
    breaks: 'queue-002',
    isFoundAtRandom: true,
    tamper: (right) => ({
      queueStates: async () =>
        (await right.queueStates()).map((state) => ({ ...state, oldestReadyAt: null })),
    }),
  },
  {
    name: 'a worker counts what it ever held',
    breaks: 'force-005 worker-003',
    tamper: (right, known) => ({
      workerStates: async () =>
        (await right.workerStates()).map((state) => ({
          ...state,
          held: [...known.claims.values()].filter(({ worker }) => worker === state.worker).length,
        })),
    }),
  },
  {
    name: 'every worker is alive',
    breaks: 'worker-002',
    tamper: (right) => ({
      workerStates: async () => (await right.workerStates()).map((state) => ({ ...state, alive: true })),
    }),
  },
  {
    name: 'a beat without facts wipes out the facts',
    breaks: 'heartbeat-011',
    tamper: (right) => ({
      heartbeat: async (beat) => right.heartbeat({ ...beat, info: beat.info ?? 'null' }),
    }),
  },
  {
    name: 'promote makes no more than one entry ready',
    breaks: 'promote-004 promote-007 promote-012 promote-016',
    isFoundAtRandom: true,
    tamper: (right) => ({ promote: async () => right.promote(1) }),
  },
  {
    name: 'promote does not look at its limit',
    breaks: 'promote-004',
    isFoundAtRandom: true,
    tamper: (right) => ({ promote: async () => right.promote(10_000) }),
  },
  {
    name: 'promote does not say when to come again',
    breaks: 'promote-001 promote-003 promote-004',
    tamper: (right) => ({ promote: async (limit) => ({ ...(await right.promote(limit)), nextDueMs: null }) }),
  },
  {
    name: 'only what is ready is cancelled, not what still waits',
    breaks: 'cancel-002 cancel-005 cancel-007 restart-006 restart-007',
    isFoundAtRandom: true,
    tamper: (right) => ({
      transition: async (change) => {
        if (change.event !== 'cancel') return right.transition(change)
        const ready = (await right.find(change.ids)).filter(({ hold }) => hold === null)
        return right.transition({ ...change, ids: ready.map(({ id }) => id) })
      },
    }),
  },
  {
    name: 'one call moves or deletes five hundred entries at most',
    breaks: 'transition-007 delete-006',
    tamper: (right) => ({
      transition: async (change) => right.transition({ ...change, ids: change.ids.slice(0, 500) }),
      delete: async (ids) => right.delete(ids.slice(0, 500)),
    }),
  },
  {
    name: 'a cancel takes along whatever waits',
    breaks: 'count-004 count-005 claim-010 transition-001 transition-004 transition-006 cancel-006',
    isFoundAtRandom: true,
    tamper: (right) => ({
      transition: async (change) => {
        const moved = await right.transition(change)
        if (change.event !== 'cancel' || moved.length !== 1) return moved
        const waiting = await right.search(searchOf({ where: column('status', 'eq', 'enqueued') }))
        await right.transition({ ...change, ids: waiting.map(({ id }) => id) })
        return moved
      },
    }),
  },
  {
    name: 'only what failed is restarted',
    breaks: 'restart-002 restart-006 restart-007',
    isFoundAtRandom: true,
    tamper: (right) => ({
      transition: async (change) =>
        right.transition(change.event === 'restart' ? { ...change, from: ['failed'] } : change),
    }),
  },
  {
    name: 'a restarted entry shows its old time',
    breaks: 'restart-001 restart-007',
    tamper: (right) => {
      const due = new Map<string, number>()
      return {
        ...showing(right, ({ id, dueAt, status }) => ({
          dueAt: status === 'enqueued' ? (due.get(id) ?? dueAt) : dueAt,
        })),
        transition: async (change) => {
          if (change.event === 'restart') {
            for (const { id, dueAt } of await right.find(change.ids)) due.set(id, dueAt)
          }
          return right.transition(change)
        },
      }
    },
  },
  {
    name: 'what was forced is recovered from its dead worker',
    breaks: 'force-006',
    isFoundAtRandom: true,
    tamper: (right, known) => {
      const forced = new Set<string>()
      return {
        transition: async (change) => {
          const moved = await right.transition(change)
          if (change.event === 'force_cancel')
            for (const id of moved) if (known.claims.has(id)) forced.add(id)
          return moved
        },
        recover: async (request) => {
          const recovered = await right.recover(request)
          const again = (await right.find([...forced])).map(({ id, queue, worker, attempt }) => ({
            ...{ id, queue, attempt },
            worker: worker ?? '',
            status: 'cancelled' as const,
          }))
          forced.clear()
          return [...recovered, ...again]
        },
      }
    },
  },
  {
    name: 'pausing a queue fences off whoever holds its tasks',
    breaks: 'queue-006',
    isFoundAtRandom: true,
    tamper: (right, known) => ({
      setQueue: async (queue, change) => {
        await right.setQueue(queue, change)
        if (change.paused !== true) return
        await right.transition({
          event: 'force_cancel',
          ids: [...known.claims.keys()],
          from: ['dequeued', 'running'],
          reason: null,
          report: null,
        })
      },
    }),
  },
  {
    name: 'what waits for a slot stands in front of what is due',
    breaks: 'promote-014',
    tamper: (right) => ({
      promote: async (limit) => {
        const limited = await right.count(column('hold', 'eq', 'limit'))
        return limited > 10 && limit === 1 ? { promoted: 0, nextDueMs: 0 } : right.promote(limit)
      },
    }),
  },
  {
    name: 'promote finds something to wait for when there is nothing',
    breaks: 'promote-001 promote-002 promote-004 promote-006 promote-013 cancel-005',
    tamper: (right) => ({
      promote: async (limit) => {
        const { promoted, nextDueMs } = await right.promote(limit)
        return { promoted, nextDueMs: nextDueMs ?? 0 }
      },
    }),
  },
  {
    name: 'a worker is as old as its last beat',
    breaks: 'heartbeat-003 worker-004',
    tamper: (right) => ({
      workerStates: async () =>
        (await right.workerStates()).map((state) => ({ ...state, startedAt: state.beatAt })),
    }),
  },
  {
    name: 'what a worker says of itself is not kept',
    breaks: 'heartbeat-011 worker-001',
    tamper: (right) => ({ heartbeat: async (beat) => right.heartbeat({ ...beat, info: null }) }),
  },
]
