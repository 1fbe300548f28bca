import type { Invariant } from '../evidence/evidence.ts'

const MORE_MEMORY = 150 * 1024 * 1024
const MORE_HANDLES = 4

/** I21: what a worker has open, and how much memory it takes, is what it was before; no connection is left behind. */
export const nothingGrows: Invariant = ({ facts: { usage, remains } }) => [
  ...[...Map.groupBy(usage, ({ process }) => process)].flatMap(([process, moments]) => {
    const before = moments.find(({ when }) => when === 'before')
    const after = moments.findLast(({ when }) => when === 'after')
    if (before === undefined || after === undefined) return []
    const [memory, handles] = [after.memory - before.memory, after.handles - before.handles]
    return [
      ...(memory > MORE_MEMORY ? [`I21: ${process} grew by ${Math.round(memory / 1024 / 1024)} MB`] : []),
      ...(handles > MORE_HANDLES ? [`I21: ${process} has ${handles} more handles open than before`] : []),
    ]
  }),
  ...(remains.connections === null || remains.connections.all === 0
    ? []
    : [
        `I21: ${remains.connections.all} connections are left, ${remains.connections.inTransaction} of them in a transaction`,
      ]),
]
