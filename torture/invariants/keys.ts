import type { Invariant } from '../evidence/evidence.ts'

/** I11: there is one entry per owner and key, and everybody who asked with the key was told of the same one. */
export const keysAreUnique: Invariant = (evidence) => {
  const { enqueues, remains } = evidence.facts
  const stored = remains.records.flatMap(({ id, owner, idempotencyKey: key }) => named(owner, key, id))
  const told = [
    ...enqueues.flatMap(({ owner, key, id }) => named(owner, key, id)),
    ...evidence.answered('add').flatMap(({ input, answer }) =>
      input.flatMap(({ owner, idempotencyKey: key }, index) => {
        const { outcome, id } = answer[index] ?? {}
        return outcome === 'refused' ? [] : named(owner, key, id ?? null)
      }),
    ),
  ]
  return [
    ...severalIds(stored).map((name) => `I11: several entries have the key ${name}`),
    ...severalIds(told).map((name) => `I11: the key ${name} was answered with several ids`),
  ]
}

interface Named {
  readonly name: string
  readonly id: string
}

function named(owner: string, key: string | null, id: string | null): readonly Named[] {
  return key === null || id === null ? [] : [{ name: JSON.stringify([owner, key]), id }]
}

function severalIds(all: readonly Named[]): readonly string[] {
  return [...Map.groupBy(all, ({ name }) => name)]
    .filter(([, same]) => new Set(same.map(({ id }) => id)).size > 1)
    .map(([name]) => name)
}
