import type { Invariant } from '../evidence/evidence.ts'

/** I13: no user was shown a task of another. */
export const usersSeeTheirOwn: Invariant = (evidence) =>
  evidence.facts.views.flatMap(({ owner, ids }) =>
    ids.flatMap((id) => {
      const record = evidence.record(id)
      return record === undefined || record.owner === owner
        ? []
        : [`I13: ${owner} was shown ${id}, which is ${record.owner}'s`]
    }),
  )
