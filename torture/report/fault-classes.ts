import { ZOMBIE_WRITE } from '../invariants/vacuity.ts'
import type { Store } from '../stores/store.ts'

/** Counts of faults by their full names, and of the classes they are of. */
export function inClasses(faults: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { ...faults }
  for (const [name, count] of Object.entries(faults)) {
    for (const class_ of classesOf(name)) counts[class_] = (counts[class_] ?? 0) + count
  }
  return counts
}

/** `kill at claim.after` is a kill at a failpoint, and a kill; a settlement that throws afterwards is a lost reply. */
function classesOf(name: string): readonly string[] {
  const [action, failpoint] = name.split(' at ')
  if (failpoint !== undefined) {
    const isLost = action === 'throw' && failpoint.endsWith('.after') && failpoint !== 'run.after'
    return [`failpoint: ${action}`, ...(action === 'kill' ? ['kill'] : []), ...(isLost ? ['reply lost'] : [])]
  }
  if (!name.startsWith('statement: ')) return []
  return ['statement fault', ...(name === 'statement: lost after' ? ['reply lost'] : [])]
}

const ALWAYS = [
  'kill',
  'producer killed',
  'freeze past the lease',
  'reply lost',
  'statement fault',
  'failpoint: kill',
  'failpoint: freeze',
  'failpoint: throw',
  'failpoint: hang',
  ZOMBIE_WRITE,
]
const ON_A_SERVER = ['connections reset', 'partition']
/** What may be missing in a run that is shorter than this. */
const LONG_RUN_MS = 100_000
const IN_A_LONG_RUN = [
  'statement: lost before',
  'statement: lost after',
  'statement: deadlock',
  'statement: serialization failure',
  'statement: lock timeout',
  'statement: full',
]
const IN_A_LONG_RUN_ON_A_SERVER = ['request lost', 'connection silent']

/** The classes of faults that must have fired for a run to prove anything. */
export function expectedFaults({ kind, crash }: Store, ms: number): readonly string[] {
  const isLong = ms >= LONG_RUN_MS
  const isServer = kind !== 'sqlite'
  return [
    ...ALWAYS,
    ...(isServer ? ON_A_SERVER : []),
    ...(crash === null ? [] : ['database crash']),
    ...(isLong ? IN_A_LONG_RUN : []),
    ...(isLong && isServer ? IN_A_LONG_RUN_ON_A_SERVER : []),
  ]
}
