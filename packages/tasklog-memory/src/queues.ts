import type { QueueState } from '@waybill/core'
import type { Store } from './store.ts'

/** All queues that were set up or have an entry that waits or is held. */
export function queueStates(store: Store): QueueState[] {
  const states = new Map(
    [...store.queues.values()].map(({ queue, paused, concurrency, held }) => [
      queue,
      {
        queue,
        paused,
        concurrency,
        held,
        ready: 0,
        due: 0,
        limited: 0,
        oldestReadyAt: null as number | null,
      },
    ]),
  )
  for (const row of store.rows.values()) {
    const state = row.status === 'enqueued' ? states.get(row.queue) : undefined
    if (state === undefined) continue
    if (row.hold === 'due') state.due += 1
    else if (row.hold === 'limit') state.limited += 1
    else {
      state.ready += 1
      state.oldestReadyAt = Math.min(state.oldestReadyAt ?? row.createdAt, row.createdAt)
    }
  }
  return [...states.values()].filter(
    ({ queue, ready, due, limited, held }) => store.queue(queue).isSet || ready + due + limited + held > 0,
  )
}
