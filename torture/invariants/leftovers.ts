import type { Invariant } from '../evidence/evidence.ts'

/** I16: when all is done nothing waits anywhere: no queue, no message, no worker's row. */
export const nothingIsLeftOver: Invariant = ({ facts: { remains } }) => [
  ...remains.queues
    .filter(({ ready, due, limited, held }) => ready + due + limited + held > 0)
    .map((state) => `I16: the queue ${state.queue} is not empty: ${JSON.stringify(state)}`),
  ...remains.workers.map(
    ({ worker, alive, held }) =>
      `I16: the worker ${worker} is still known${alive ? ', beats' : ''} and holds ${held}`,
  ),
  ...(remains.messages > 0 ? [`I16: the broker still has ${remains.messages} messages`] : []),
]
