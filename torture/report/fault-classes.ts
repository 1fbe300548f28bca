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

const OF_THE_NETWORK: ReadonlySet<string> = new Set([
  'connections reset',
  'partition',
  'request lost',
  'reply lost',
  'connection silent',
])

/** `kill at claim.after` is a kill at a failpoint, and a kill; a settlement that throws afterwards is a lost reply. */
function classesOf(name: string): readonly string[] {
  const [action, failpoint] = name.split(' at ')
  if (failpoint !== undefined) {
    const isLost = action === 'throw' && failpoint.endsWith('.after') && failpoint !== 'run.after'
    const others = [...(action === 'kill' ? ['kill'] : []), ...(isLost ? ['reply lost'] : [])]
    return ['failpoint', `failpoint: ${action}`, ...others]
  }
  if (OF_THE_NETWORK.has(name)) return ['network fault']
  if (!name.startsWith('statement: ')) return []
  return ['statement fault', ...(name === 'statement: lost after' ? ['reply lost'] : [])]
}

const ALWAYS = ['kill', 'freeze past the lease', 'statement fault', 'failpoint']
const ALWAYS_ON_A_SERVER = ['network fault']
/** From here on chance gives each kind of fault its turn; a shorter run promises only that each mood did some harm. */
const LONG_RUN_MS = 100_000
const IN_A_LONG_RUN = [
  ZOMBIE_WRITE,
  'producer killed',
  'reply lost',
  'failpoint: kill',
  'failpoint: freeze',
  'failpoint: throw',
  'failpoint: hang',
  'statement: lost before',
  'statement: lost after',
  'statement: deadlock',
  'statement: serialization failure',
  'statement: lock timeout',
  'statement: full',
]
const IN_A_LONG_RUN_ON_A_SERVER = ['connections reset', 'partition', 'request lost', 'connection silent']

/** The classes of faults that must have fired for a run of this length to prove anything. */
export function expectedFaults(
  { kind, crash }: Pick<Store, 'kind' | 'crash'>,
  ms: number,
): readonly string[] {
  const isLong = ms >= LONG_RUN_MS
  const isServer = kind !== 'sqlite'
  return [
    ...ALWAYS,
    ...(isServer ? ALWAYS_ON_A_SERVER : []),
    ...(crash === null ? [] : ['database crash']),
    ...(isLong ? IN_A_LONG_RUN : []),
    ...(isLong && isServer ? IN_A_LONG_RUN_ON_A_SERVER : []),
  ]
}
