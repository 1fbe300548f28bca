import {
  type Claim,
  type ClaimableTaskLogBroker,
  createToken,
  TRANSITIONS,
  type TransitionChange,
} from '@waybill/core'
import { LONG_LEASE_MS, openTask, settlement } from './test-worker.ts'
import { entry } from './trial.ts'

/** In which state an entry waits for a race to begin. */
export type RaceState = 'enqueued' | 'waiting' | 'held' | 'lost' | 'failed'

/** The entry that writes race for. It has a parent that waits for it. */
export interface Contended {
  readonly id: string
  readonly queue: string
  readonly parentId: string
  readonly idempotencyKey: string
  /** Who held it last, and under which token; null when nobody did. */
  readonly claim: Claim | null
  /** The worker that holds it, or did. */
  readonly holder: string
}

/** One of the writes that race. */
export interface RaceWrite {
  readonly name: string
  /** The state in which the write has something to do. */
  readonly state: RaceState
  readonly run: (log: ClaimableTaskLogBroker, contended: Contended) => Promise<unknown>
}

function held({ id, claim }: Contended): Pick<Claim, 'id' | 'token'> {
  return { id, token: claim?.token ?? createToken() }
}

function settle(to: 'completed' | 'failed' | 'retry' | 'release', state: RaceState): RaceWrite {
  return {
    name: `settle as ${to}`,
    state,
    run: async (log, contended) => {
      const report = JSON.stringify(`${to} under ${contended.claim?.token}`)
      return log.settle([settlement(held(contended), to, { report })])
    },
  }
}

function change(event: TransitionChange['event'], state: RaceState): RaceWrite {
  return {
    name: event.replace('_', ' '),
    state,
    run: async (log, { id }) =>
      log.transition({ event, ids: [id], from: TRANSITIONS[event].from, reason: 'purged', report: null }),
  }
}

/** Every kind of write that a task log takes. */
export const RACE_WRITES: readonly RaceWrite[] = [
  {
    name: 'claim from the queue',
    state: 'enqueued',
    run: async (log, { queue }) => {
      const worker = `taker-${createToken()}`
      await log.heartbeat({ worker, leaseMs: LONG_LEASE_MS, info: null, open: [] })
      return log.claim({ worker, token: createToken(), from: { queue }, limit: 1 })
    },
  },
  {
    name: 'claim by id',
    state: 'enqueued',
    run: async (log, { id, holder }) =>
      log.claim({ worker: holder, token: createToken(), from: { ids: [id] }, limit: 1 }),
  },
  settle('completed', 'held'),
  settle('failed', 'held'),
  settle('retry', 'held'),
  settle('release', 'lost'),
  {
    name: 'start',
    state: 'held',
    run: async (log, contended) => log.start([held(contended)]),
  },
  {
    name: 'heartbeat',
    state: 'lost',
    run: async (log, contended) =>
      log.heartbeat({
        worker: contended.holder,
        leaseMs: LONG_LEASE_MS,
        info: null,
        open: [openTask(held(contended), { progress: '"racing"' })],
      }),
  },
  {
    name: 'recover',
    state: 'lost',
    run: async (log) => log.recover({ limit: 5, baseDelayMs: 0, maxDelayMs: 0 }),
  },
  { name: 'retire', state: 'held', run: async (log, { holder }) => log.retire(holder) },
  { name: 'promote', state: 'waiting', run: async (log) => log.promote(5) },
  change('cancel', 'enqueued'),
  { name: 'request to cancel', state: 'held', run: async (log, { id }) => log.requestCancel([id]) },
  {
    name: 'request to cancel the parent',
    state: 'held',
    run: async (log, { parentId }) => log.requestCancel([parentId]),
  },
  change('force_cancel', 'held'),
  change('force_archive', 'enqueued'),
  change('archive', 'failed'),
  change('restart', 'failed'),
  { name: 'delete', state: 'failed', run: async (log, { id }) => log.delete([id]) },
  {
    name: 'add a sibling',
    state: 'held',
    run: async (log, { parentId, queue }) => log.add([entry({ parentId, queue })]),
  },
  {
    name: 'add a child under the token',
    state: 'held',
    run: async (log, contended) =>
      log.add([
        entry({ parentId: contended.id, parentToken: held(contended).token, queue: contended.queue }),
      ]),
  },
  {
    name: 'add the same key again',
    state: 'enqueued',
    run: async (log, { idempotencyKey, queue }) => log.add([entry({ idempotencyKey, queue })]),
  },
]
