import type { TaskLogRecord } from '@waybill/core'
import type { History } from './history.ts'

/** I5: an entry ends once between two restarts, and has a report that somebody wrote who was accepted. */
export function brokenOutcomes(history: History, records: readonly TaskLogRecord[]): readonly string[] {
  const restarted = new Set(
    history.of('transition').flatMap(({ input, answer }) => (input[0].event === 'restart' ? answer : [])),
  )
  const settled = history.of('settle').flatMap(({ input, answer }) =>
    answer.flatMap(({ id, accepted }, index) => {
      const sent = input[0][index]
      return accepted && sent !== undefined ? [{ ...sent, id }] : []
    }),
  )
  const written = new Set([
    ...settled.map(({ id, report }) => `${id} ${report}`),
    ...history
      .of('heartbeat')
      .flatMap(({ input }) => input[0].open.map(({ id, report }) => `${id} ${report}`)),
    ...history
      .of('transition')
      .flatMap(({ input, answer }) => answer.map((id) => `${id} ${input[0].report}`)),
  ])
  return [
    ...[...Map.groupBy(settled, ({ id }) => id)]
      .filter(([id, same]) => !restarted.has(id) && endingTokens(same) > 1)
      .map(([id]) => `I5: ${id} was ended under several tokens`),
    ...records
      .filter(({ id, report }) => report !== null && !written.has(`${id} ${report}`))
      .map(({ id }) => `I5: ${id} has a report that was never accepted`),
  ]
}

/**
 * A settlement that comes after another one under the same token is taken for its repetition and accepted, so a token
 * that was also used to give the entry back may have ended nothing.
 */
function endingTokens(settled: readonly { readonly token: string; readonly to: string }[]): number {
  return [...Map.groupBy(settled, ({ token }) => token).values()].filter((same) =>
    same.every(({ to }) => to !== 'retry' && to !== 'release'),
  ).length
}
