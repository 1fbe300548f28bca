import { setTimeout as sleep } from 'node:timers/promises'
import { FAILPOINTS, type FailAction } from './faults/failpoints.ts'
import { HANG_LEASES } from './nemesis.ts'
import type { Crew } from './processes/crew.ts'

/** A place, and what a worker does when it comes there. */
export interface Cell {
  readonly failpoint: string
  readonly action: FailAction
}

const ACTIONS: readonly FailAction[] = ['kill', 'freeze', 'throw', 'hang']

/** Every failpoint with everything that can happen there. */
export const CELLS: readonly Cell[] = FAILPOINTS.flatMap((failpoint) =>
  ACTIONS.map((action) => ({ failpoint, action })),
)

/** The fault that the history of a worker has that failed so. */
export function faultOf({ failpoint, action }: Cell): string {
  return `${action} at ${failpoint}`
}

/** How many fail at once; the others keep the work going. */
const VISITORS = 4
/** A worker that has enough to do comes everywhere within this time. */
const WITHIN_MS = 30_000

/** Lets a worker fail in each of the ways, a few of them at a time. */
export async function failEverywhere(crew: Crew, onCell: (fault: string) => void): Promise<void> {
  const left = [...CELLS]
  await Promise.all(
    Array.from({ length: VISITORS }, async () => {
      for (let cell = left.shift(); cell !== undefined; cell = left.shift()) {
        onCell(faultOf(cell))
        await fail(crew, cell)
      }
    }),
  )
}

async function fail(crew: Crew, { failpoint, action }: Cell): Promise<void> {
  const isAtItsEnd = failpoint.startsWith('retire.')
  // One whose first beat fails has not begun.
  const nth = failpoint.startsWith('heartbeat.') ? 2 : 1
  const visitor = await crew.visit(`${action}-${failpoint}`, {
    concurrency: 5,
    prefetch: 5,
    queues: null,
    drain: false,
    fail: { failpoint, action, nth },
  })
  const failing = visitor.child.failure(WITHIN_MS)
  if (isAtItsEnd) {
    while (!visitor.child.isStanding) await sleep(20)
    visitor.child.send({ do: 'stop' })
  }
  await failing
  if (action === 'hang') {
    await sleep(HANG_LEASES * crew.timing.leaseMs)
    crew.kill(visitor)
  }
  await crew.leave(visitor)
}
