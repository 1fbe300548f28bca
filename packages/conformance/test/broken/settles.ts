import { HELD_STATUSES, isEnded, type RecoveredTask, type SettleAnswer } from '@waybill/core'
import { openTask, settlement } from '../../src/task-log/test-worker.ts'
import { type BrokenLog, pause, showing } from './broken-log.ts'

/** Logs that take the word of workers wrongly. */
export const brokenSettles: readonly BrokenLog[] = [
  {
    name: 'the token is missing from the WHERE of the settlement',
    breaks: 'settle-015 settle-017 recover-006 recover-007',
    isFoundAtRandom: true,
    tamper: (right, known) => ({
      settle: async (settlements) =>
        right.settle(
          settlements.map((sent) => ({ ...sent, token: known.claims.get(sent.id)?.token ?? sent.token })),
        ),
    }),
  },
  {
    name: 'the token is missing from the WHERE of the heartbeat',
    breaks: 'heartbeat-010',
    tamper: (right, known) => ({
      heartbeat: async (beat) =>
        right.heartbeat({
          ...beat,
          open: beat.open.map((task) => ({ ...task, token: known.claims.get(task.id)?.token ?? task.token })),
        }),
    }),
  },
  {
    name: 'the token is missing from the WHERE of the start',
    breaks: 'start-002 start-005',
    isFoundAtRandom: true,
    tamper: (right, known) => ({
      start: async (tasks) =>
        right.start(tasks.map(({ id, token }) => ({ id, token: known.claims.get(id)?.token ?? token }))),
    }),
  },
  {
    name: 'a settlement is guarded by the worker, not by the token of its claim',
    breaks: 'settle-015 recover-007',
    isFoundAtRandom: true,
    tamper: (right, known) => {
      const workers = new Map<string, string>()
      return {
        claim: async (request) => {
          workers.set(request.token, request.worker)
          return right.claim(request)
        },
        settle: async (settlements) =>
          right.settle(
            settlements.map((sent) => {
              const held = known.claims.get(sent.id)
              return held !== undefined && workers.get(sent.token) === held.worker
                ? { ...sent, token: held.token }
                : sent
            }),
          ),
      }
    },
  },
  {
    name: 'the report of a worker that lost its task is accepted while nobody else has it',
    breaks: 'recover-005 retire-004 race-103..105',
    isFoundAtRandom: true,
    tamper: (right, known) => ({
      settle: async (settlements) => {
        for (const { id, token } of settlements) {
          const held = known.claims.get(id)
          const [record] = await right.find([id])
          const isFree = record?.status === 'enqueued' && record.reason === 'worker_died'
          if (held?.token === token && isFree) {
            await right.claim({ worker: held.worker, token, from: { ids: [id] }, limit: 1 })
          }
        }
        return right.settle(settlements)
      },
    }),
  },
  {
    name: 'a settlement whose reply was lost is refused when it is repeated',
    breaks: 'settle-013 settle-014 settle-016 recover-026 parent-036 parent-037 archive-005',
    isFoundAtRandom: true,
    tamper: (right) => {
      const seen = new Set<string>()
      return {
        settle: async (settlements) =>
          (await right.settle(settlements)).map((answer, index) => {
            const token = settlements[index]?.token ?? ''
            const isRepeated = seen.has(answer.id + token)
            seen.add(answer.id + token)
            return isRepeated ? { ...answer, accepted: false } : answer
          }),
      }
    },
  },
  {
    name: 'U3: a settlement loses its report and says that all is well',
    breaks: 'data-017 claim-020 settle-001 settle-002 settle-004 settle-029 parent-001',
    isFoundAtRandom: true,
    tamper: (right) => ({
      settle: async (settlements) => right.settle(settlements.map((sent) => ({ ...sent, report: null }))),
    }),
  },
  {
    name: 'a settlement without a report wipes out the one that was there',
    breaks: 'settle-010',
    tamper: (right) => ({
      settle: async (settlements) =>
        right.settle(settlements.map((sent) => ({ ...sent, report: sent.report ?? 'null' }))),
    }),
  },
  {
    name: 'a retry is not counted as an attempt',
    breaks: 'claim-019 settle-004 recover-013 recover-019 promote-017 parent-018 cancel-007',
    isFoundAtRandom: true,
    tamper: (right) => ({
      settle: async (settlements) =>
        right.settle(settlements.map((sent) => (sent.to === 'retry' ? { ...sent, to: 'release' } : sent))),
    }),
  },
  {
    name: 'a release burns an attempt',
    breaks: 'settle-005',
    isFoundAtRandom: true,
    tamper: (right) => ({
      settle: async (settlements) =>
        right.settle(settlements.map((sent) => (sent.to === 'release' ? { ...sent, to: 'retry' } : sent))),
    }),
  },
  {
    name: 'the delay of a retry is taken for seconds',
    breaks: 'settle-006 settle-007 promote-017',
    tamper: (right) => ({
      settle: async (settlements) =>
        right.settle(settlements.map((sent) => ({ ...sent, delayMs: sent.delayMs * 1_000 }))),
    }),
  },
  {
    name: 'answers come in the order of ids, not of the settlements',
    breaks: 'settle-011 settle-020 parent-019',
    isFoundAtRandom: true,
    tamper: (right) => ({
      settle: async (settlements) =>
        (await right.settle(settlements)).toSorted((left, right) => (left.id < right.id ? -1 : 1)),
    }),
  },
  {
    name: 'one refused settlement has all of its call refused',
    breaks: 'settle-020 parent-019',
    isFoundAtRandom: true,
    tamper: (right) => ({
      settle: async (settlements) => {
        const answers: SettleAnswer[] = []
        for (const sent of settlements) {
          const [answer] = await right.settle([sent])
          if (answer?.accepted === false) {
            return settlements.map(({ id }) => ({ id, accepted: false, status: answer.status }))
          }
          if (answer !== undefined) answers.push(answer)
        }
        return answers
      },
    }),
  },
  {
    name: 'the start is the time of the report',
    breaks: 'settle-021 settle-024 settle-025',
    tamper: (right) => ({
      settle: async (settlements) => right.settle(settlements.map((sent) => ({ ...sent, startedAgoMs: 0 }))),
    }),
  },
  {
    name: 'a task that is held cannot be asked to cancel',
    breaks:
      'filter-032 heartbeat-008 settle-026 settle-027 recover-016 retire-003 parent-034 request-001 request-005 request-006',
    isFoundAtRandom: true,
    tamper: (right) => {
      const asked = new Set<string>()
      return {
        requestCancel: async (ids) => {
          const held = (await right.find(ids)).filter(
            ({ status }) => status === 'dequeued' || status === 'running',
          )
          for (const { id } of held) asked.add(id)
          const others = ids.filter((id) => !asked.has(id))
          return [...(await right.requestCancel(others)), ...held.map(({ id }) => id)]
        },
      }
    },
  },
  {
    name: 'a beat does not bring back who was asked to cancel',
    breaks: 'heartbeat-008 request-006',
    tamper: (right) => ({
      heartbeat: async (beat) => ({ ...(await right.heartbeat(beat)), cancelRequested: [] }),
    }),
  },
  {
    name: 'a beat brings back only those cancels whose tasks are open',
    breaks: 'heartbeat-008 request-006',
    tamper: (right) => ({
      heartbeat: async (beat) => {
        const answer = await right.heartbeat(beat)
        const open = new Set(beat.open.map(({ id }) => id))
        return { ...answer, cancelRequested: answer.cancelRequested.filter((id) => open.has(id)) }
      },
    }),
  },
  {
    name: 'a beat does not say what was lost',
    breaks: 'heartbeat-010 recover-024 force-004 race-101 race-102 race-108',
    isFoundAtRandom: true,
    tamper: (right) => ({ heartbeat: async (beat) => ({ ...(await right.heartbeat(beat)), lost: [] }) }),
  },
  {
    name: 'a beat marks everything its worker holds as running',
    breaks: 'heartbeat-004 recover-003 recover-010..012 recover-020',
    isFoundAtRandom: true,
    tamper: (right, known) => ({
      heartbeat: async (beat) => {
        const open = new Set(beat.open.map(({ id }) => id))
        const held = [...known.claims.values()].filter(
          ({ worker, id }) => worker === beat.worker && !open.has(id),
        )
        await right.start(held)
        return right.heartbeat(beat)
      },
    }),
  },
  {
    name: 'each beat moves the start of what runs',
    breaks: 'heartbeat-004 heartbeat-006',
    tamper: (right) => {
      const moved = new Map<string, number>()
      return {
        heartbeat: async (beat) => {
          const answer = await right.heartbeat(beat)
          const now = await right.now()
          for (const { id } of beat.open) if (!answer.lost.includes(id)) moved.set(id, now)
          return answer
        },
        find: async (ids) =>
          (await right.find(ids)).map((record) => ({
            ...record,
            startedAt: isEnded(record.status) ? record.startedAt : (moved.get(record.id) ?? record.startedAt),
          })),
      }
    },
  },
  {
    name: 'U9: what a dead worker held is never taken back',
    breaks:
      'recover-001 recover-004..007 recover-009..021 recover-023..025 retire-006 retire-007 parent-023 parent-027 parent-028 race-007',
    isFoundAtRandom: true,
    tamper: (right) => ({ recover: async (request) => right.recover({ ...request, limit: 0 }) }),
  },
  {
    name: 'a lease is as long as it was when the worker first came',
    breaks:
      'heartbeat-002 heartbeat-003 recover-001 recover-004..007 recover-009..021 recover-023..025 retire-006 parent-023 parent-027 parent-028 worker-002 race-007',
    isFoundAtRandom: true,
    tamper: (right) => {
      const leases = new Map<string, number>()
      return {
        heartbeat: async (beat) => {
          const leaseMs = leases.get(beat.worker) ?? beat.leaseMs
          leases.set(beat.worker, leaseMs)
          return right.heartbeat({ ...beat, leaseMs })
        },
      }
    },
  },
  {
    name: 'a recovery takes tasks from workers that are alive',
    breaks: 'heartbeat-012 recover-002 recover-003 recover-021',
    isFoundAtRandom: true,
    tamper: (right) => ({
      recover: async (request) => {
        for (const { worker } of await right.workerStates()) {
          await right.heartbeat({ worker, leaseMs: 0, info: null, open: [] })
        }
        return right.recover(request)
      },
    }),
  },
  {
    name: 'a recovery burns the attempt of a task that surely had not started',
    breaks: 'recover-010..012 recover-020',
    isFoundAtRandom: true,
    tamper: (right, known) => ({
      recover: async (request) => {
        const alive = new Set(
          (await right.workerStates()).filter((state) => state.alive).map(({ worker }) => worker),
        )
        await right.start([...known.claims.values()].filter(({ worker }) => !alive.has(worker)))
        return right.recover(request)
      },
    }),
  },
  {
    name: 'a recovery forgets the attempt of a task that had started',
    breaks: 'recover-001 recover-005 recover-009 recover-010 recover-012 recover-013',
    isFoundAtRandom: true,
    tamper: (right, known) => ({
      recover: async (request) => {
        const recovered = await right.recover(request)
        const forgotten: RecoveredTask[] = []
        for (const task of recovered) {
          const held = known.claims.get(task.id)
          if (held === undefined || task.status !== 'enqueued') forgotten.push(task)
          else {
            const { id, token } = held
            await right.claim({ worker: held.worker, token, from: { ids: [id] }, limit: 1 })
            await right.settle([settlement({ id, token }, 'release', { reason: 'worker_died' })])
            const { attempt } = (await right.find([id]))[0] ?? task
            forgotten.push({ ...task, attempt: Math.max(0, attempt - 1) })
          }
        }
        return forgotten
      },
    }),
  },
  {
    name: 'a recovery answers what it found, whoever took it in the meantime',
    breaks: 'race-007',
    tamper: (right, known) => ({
      recover: async (request) => {
        const dead = (await right.workerStates()).flatMap(({ alive, worker }) => (alive ? [] : worker))
        const found = [...known.claims.values()].filter(({ worker }) => dead.includes(worker))
        const before = (await right.find(found.map(({ id }) => id))).filter(({ status }) =>
          HELD_STATUSES.includes(status),
        )
        await pause()
        const recovered = await right.recover(request)
        const missed = before.filter(
          ({ id }) => recovered.length === 0 && !recovered.some((task) => task.id === id),
        )
        return [
          ...recovered,
          ...missed.map(({ id, queue, worker, attempt }) => ({
            ...{ id, queue, attempt },
            worker: worker ?? '',
            status: 'enqueued' as const,
          })),
        ]
      },
    }),
  },
  {
    name: 'a recovery takes more than its limit',
    breaks: 'recover-017',
    tamper: (right) => ({ recover: async (request) => right.recover({ ...request, limit: 10_000 }) }),
  },
  {
    name: 'a worker that retires leaves its tasks behind',
    breaks: 'retire-001..007 race-101 race-102 race-107..114 race-117..121',
    isFoundAtRandom: true,
    tamper: (right) => ({
      retire: async (worker) => {
        await right.heartbeat({ worker, leaseMs: 600_000, info: null, open: [] })
      },
    }),
  },
  {
    name: 'progress is lost',
    breaks: 'heartbeat-007 heartbeat-010 heartbeat-013 settle-010',
    isFoundAtRandom: true,
    tamper: (right) => ({
      heartbeat: async (beat) =>
        right.heartbeat({
          ...beat,
          open: beat.open.map((task) => openTask(task, { startedAgoMs: task.startedAgoMs })),
        }),
    }),
  },
  {
    name: 'a start is as early as the worker says, also before the claim',
    breaks: 'heartbeat-005 settle-022',
    tamper: (right) => {
      const early = new Map<string, number>()
      const remember = async (
        tasks: readonly { readonly id: string; readonly startedAgoMs: number | null }[],
      ): Promise<void> => {
        const now = await right.now()
        for (const { id, startedAgoMs } of tasks) {
          if (startedAgoMs !== null && startedAgoMs > 1_000_000) early.set(id, now - startedAgoMs)
        }
      }
      return {
        ...showing(right, ({ id, startedAt }) => ({ startedAt: early.get(id) ?? startedAt })),
        settle: async (settlements) => {
          await remember(settlements)
          return right.settle(settlements)
        },
        heartbeat: async (beat) => {
          await remember(beat.open)
          return right.heartbeat(beat)
        },
      }
    },
  },
  {
    name: 'a settlement moves a start that was written',
    breaks: 'claim-019 heartbeat-014 settle-023 race-105 race-106',
    isFoundAtRandom: true,
    tamper: (right) => {
      const moved = new Map<string, number>()
      return {
        ...showing(right, ({ id, startedAt }) => ({ startedAt: moved.get(id) ?? startedAt })),
        settle: async (settlements) => {
          const now = await right.now()
          const records = await right.find(settlements.map(({ id }) => id))
          for (const { id, status } of records) if (status === 'running') moved.set(id, now)
          return right.settle(settlements)
        },
      }
    },
  },
  {
    name: 'only dequeued tasks can be settled',
    breaks: 'claim-019 heartbeat-014 settle-028 recover-006 promote-008 cancel-003',
    isFoundAtRandom: true,
    tamper: (right) => ({
      settle: async (settlements) => {
        const records = await right.find(settlements.map(({ id }) => id))
        const running = new Set(records.flatMap(({ id, status }) => (status === 'running' ? id : [])))
        return right.settle(
          settlements.map((sent) => (running.has(sent.id) ? { ...sent, token: 'none' } : sent)),
        )
      },
    }),
  },
  {
    name: 'a task that was settled as cancelled is failed',
    breaks: 'settle-003 settle-028 parent-005 parent-006 archive-001',
    isFoundAtRandom: true,
    tamper: (right) => ({
      settle: async (settlements) =>
        right.settle(settlements.map((sent) => (sent.to === 'cancelled' ? { ...sent, to: 'failed' } : sent))),
    }),
  },
  {
    name: 'a settlement of what does not exist is answered with a status',
    breaks: 'settle-019 delete-005',
    isFoundAtRandom: true,
    tamper: (right) => ({
      settle: async (settlements) =>
        (await right.settle(settlements)).map((answer) => ({ ...answer, status: answer.status ?? 'failed' })),
    }),
  },
  {
    name: 'a task that already runs cannot be started again',
    breaks: 'start-003',
    isFoundAtRandom: true,
    tamper: (right) => ({
      start: async (tasks) => {
        const records = await right.find(tasks.map(({ id }) => id))
        const running = new Set(records.flatMap(({ id, status }) => (status === 'running' ? id : [])))
        return (await right.start(tasks)).filter((id) => !running.has(id))
      },
    }),
  },
  {
    name: 'every beat says that the lease had run out',
    breaks: 'heartbeat-001 heartbeat-002 heartbeat-009',
    isFoundAtRandom: true,
    tamper: (right) => ({ heartbeat: async (beat) => ({ ...(await right.heartbeat(beat)), expired: true }) }),
  },
  {
    name: 'no beat says that the lease had run out',
    breaks: 'heartbeat-001 heartbeat-002 recover-024 retire-006',
    isFoundAtRandom: true,
    tamper: (right) => ({
      heartbeat: async (beat) => ({ ...(await right.heartbeat(beat)), expired: false }),
    }),
  },
  {
    name: 'a settlement after the lease ran out is refused, though nobody took the task',
    breaks: 'recover-008',
    isFoundAtRandom: true,
    tamper: (right, known) => ({
      settle: async (settlements) => {
        const states = await right.workerStates()
        const dead = new Set(states.flatMap(({ alive, worker }) => (alive ? [] : worker)))
        return right.settle(
          settlements.map((sent) =>
            dead.has(known.claims.get(sent.id)?.worker ?? '') ? { ...sent, token: 'none' } : sent,
          ),
        )
      },
    }),
  },
]
