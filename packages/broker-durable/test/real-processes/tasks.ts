import { setTimeout as sleep } from 'node:timers/promises'
import { type AnyTaskDefinition, defineTask, Report, type TaskDefinition } from '@waybill/core'

/** Killed and frozen workers cost attempts; no task here is to fail because of that. */
const PATIENT = { attempts: 1_000, backoff: { baseMs: 1, maxMs: 20 } }

type Task<Input> = TaskDefinition<Input, Input>

interface Work {
  /** How long it takes. */
  readonly ms: number
}

interface Family extends Work {
  readonly children: number
  /** How many of them fail. */
  readonly failing: number
}

interface Remote {
  /** When the work elsewhere is done, in milliseconds since 1970. */
  readonly until: number
}

/** Ends well. */
export const succeed: Task<Work> = defineTask({
  name: 'succeed',
  retry: PATIENT,
  run: async ({ ms }: Work, { signal }) => {
    if (ms > 0) await sleep(ms, undefined, { signal })
    return Report.success('done')
  },
})

/** Says that it has failed. */
export const fail: Task<Work> = defineTask({
  name: 'fail',
  retry: PATIENT,
  run: async ({ ms }: Work, { signal }) => {
    if (ms > 0) await sleep(ms, undefined, { signal })
    return Report.error('no')
  },
})

/** Throws at its first attempt. */
export const stumble: Task<undefined> = defineTask({
  name: 'stumble',
  retry: PATIENT,
  run: (_: undefined, { attempt }) => {
    if (attempt === 1) throw new Error('not yet')
    return Report.success('done')
  },
})

/** Throws at each of its two attempts. */
export const giveUp: Task<undefined> = defineTask({
  name: 'give-up',
  retry: { ...PATIENT, attempts: 2 },
  run: () => {
    throw new Error('never')
  },
})

/** Adds children. */
export const family: Task<Family> = defineTask({
  name: 'family',
  retry: PATIENT,
  run: async ({ children, ms, failing }: Family, { enqueueChild }) => {
    const added = Array.from({ length: children }, (_, index) =>
      enqueueChild(index < failing ? fail : succeed, { ms }),
    )
    await Promise.all(added)
    return Report.success(`added ${children}`)
  },
})

/** Stands for work elsewhere that is done at an instant. */
export const follow: Task<Remote> = defineTask({
  name: 'follow',
  retry: PATIENT,
  remote: {
    interval: 20,
    status: ({ until }: Remote) => (Date.now() < until ? 'in_progress' : 'completed'),
  },
  run: () => Report.success('looked'),
})

/** Runs until it is told to stop. */
export const obey: Task<undefined> = defineTask({
  name: 'obey',
  retry: PATIENT,
  run: async (_: undefined, { signal }) => {
    await sleep(2 ** 30, undefined, { signal })
  },
})

/** Blocks the event loop: nothing else happens in its process meanwhile. */
export const block: Task<Work> = defineTask({
  name: 'block',
  retry: PATIENT,
  run: ({ ms }: Work) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    return Report.success('done')
  },
})

/** Two at once for each owner, whatever they are. */
export const share: Task<Work> = defineTask({
  name: 'share',
  retry: PATIENT,
  limit: { key: (_: Work, { owner }) => owner, concurrency: 2 },
  run: async ({ ms }: Work, { signal }) => {
    await sleep(ms, undefined, { signal })
    return Report.success('done')
  },
})

/** All of them. */
export const TASKS: readonly AnyTaskDefinition[] = [
  succeed,
  fail,
  stumble,
  giveUp,
  family,
  follow,
  obey,
  block,
  share,
]
