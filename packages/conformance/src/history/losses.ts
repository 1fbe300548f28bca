import type { TaskLogRecord } from '@waybill/core'
import type { History } from './history.ts'

/** I1: what was added is there until it is deleted. I2: nothing else is. I11: one entry per key. */
export function losses(history: History, records: readonly TaskLogRecord[]): readonly string[] {
  const there = new Set(records.map(({ id }) => id))
  const handedIn = new Set(history.of('add').flatMap(({ input }) => input[0].map(({ id }) => id)))
  const gone = new Set(history.of('delete').flatMap(({ answer }) => answer))
  const added = history.of('add').flatMap(({ answer }) => answer.filter(({ outcome }) => outcome === 'added'))
  return [
    ...added
      .filter(({ id }) => !there.has(id) && !gone.has(id))
      .map(({ id }) => `I1: ${id} was added and is gone`),
    ...[...gone].filter((id) => there.has(id)).map((id) => `I1: ${id} was deleted and is there`),
    ...records.filter(({ id }) => !handedIn.has(id)).map(({ id }) => `I2: ${id} was never added`),
    ...keysShared(records),
    ...keysAnsweredTwice(history, gone),
  ]
}

function keysShared(records: readonly TaskLogRecord[]): readonly string[] {
  const keyed = records.filter(({ idempotencyKey }) => idempotencyKey !== null)
  return [...Map.groupBy(keyed, ({ owner, idempotencyKey }) => JSON.stringify([owner, idempotencyKey]))]
    .filter(([, entries]) => entries.length > 1)
    .map(([key]) => `I11: several entries have the key ${key}`)
}

/** A key is free again once its entry is deleted, so only the answers that name an entry that stayed are compared. */
function keysAnsweredTwice(history: History, gone: ReadonlySet<string>): readonly string[] {
  const answers = history.of('add').flatMap(({ input, answer }) =>
    answer.flatMap(({ outcome, id }, index) => {
      const { owner, idempotencyKey } = input[0][index] ?? {}
      const counts = idempotencyKey != null && outcome !== 'refused' && !gone.has(id)
      return counts ? [{ key: JSON.stringify([owner, idempotencyKey]), id }] : []
    }),
  )
  return [...Map.groupBy(answers, ({ key }) => key)]
    .filter(([, same]) => new Set(same.map(({ id }) => id)).size > 1)
    .map(([key]) => `I11: the key ${key} was answered with several ids`)
}
