import type {
  AddOutcome,
  Claim,
  ClaimRequest,
  NewTaskLogRecord,
  OpenTask,
  Settlement,
  TaskLogRecord,
  TransitionChange,
  WorkerBeat,
} from '@waybill/core'
import type { Method, Shapes } from './call.ts'

interface Compactor<Name extends Method> {
  readonly input: (...input: never[]) => Shapes[Name]['input']
  readonly answer: (answer: never) => Shapes[Name]['answer']
}

const same = <Value>(value: Value): Value => value
const nothing = (): null => null
/** The caller may go on adding to it. */
const copy = (ids: readonly string[]): readonly string[] => [...ids]

function held(tasks: readonly Pick<OpenTask, 'id' | 'token'>[]): { id: string; token: string }[] {
  return tasks.map(({ id, token }) => ({ id, token }))
}

/** Reads of part of an entry are kept like whole ones. */
function seen(records: readonly TaskLogRecord[]): Shapes['find']['answer'] {
  return records.map(({ id, owner, status, attempt, updatedAt }) => ({
    id,
    owner,
    status,
    attempt,
    updatedAt,
  }))
}

/** What is kept of each method's calls. Reports and parameters are not. */
export const COMPACT: { readonly [Name in Method]: Compactor<Name> } = {
  add: {
    input: (entries: readonly NewTaskLogRecord[]) =>
      entries.map(({ id, parentId, parentToken, owner, queue, idempotencyKey, fingerprint }) => ({
        id,
        parentId,
        parentToken,
        owner,
        queue,
        idempotencyKey,
        fingerprint,
      })),
    answer: (outcomes: readonly AddOutcome[]) => outcomes,
  },
  claim: {
    input: ({ worker, token, limit }: ClaimRequest) => ({ worker, token, limit }),
    answer: (claims: readonly Claim[]) => claims.map(({ id, attempt }) => ({ id, attempt })),
  },
  start: { input: held, answer: same },
  heartbeat: {
    input: ({ worker, leaseMs, open }: WorkerBeat) => ({ worker, leaseMs, open: held(open) }),
    answer: same,
  },
  settle: {
    input: (settlements: readonly Settlement[]) =>
      settlements.map(({ id, token, to, startedAgoMs }) => ({ id, token, to, startedAgoMs })),
    answer: same,
  },
  recover: { input: nothing, answer: same },
  retire: { input: same<string>, answer: nothing },
  transition: {
    input: ({ event, ids }: TransitionChange) => ({ event, ids: [...ids] }),
    answer: same,
  },
  requestCancel: { input: copy, answer: same },
  delete: { input: copy, answer: same },
  setQueue: {
    input: (queue: string, { paused }: { readonly paused?: boolean }) => ({ queue, paused: paused ?? null }),
    answer: nothing,
  },
  find: { input: copy, answer: seen },
  stats: { input: nothing, answer: same },
  queueStates: { input: nothing, answer: same },
}

/** Whether calls of a method are kept. */
export function isKept(name: string | symbol): name is Method {
  return Object.hasOwn(COMPACT, name)
}
