import type { TaskLogRecord } from '@waybill/core'
import type { History } from './history.ts'

type Times = ReadonlyMap<string, number>

/**
 * I3 and I7: an entry is taken out of its queue (claimed, or cancelled there) once more, at most, than it was put back.
 * I8: it counts no more attempts than it had claims. I2: no claim is larger than its limit.
 */
export function brokenTurns(history: History, records: readonly TaskLogRecord[]): readonly string[] {
  const claimed = times(history.of('claim').flatMap(({ answer }) => answer.map(({ id }) => id)))
  const cancelled = times(moved(history, 'cancel'))
  const queued = times([...moved(history, 'restart'), ...givenBack(history), ...takenFromTheDead(history)])
  const of = (counts: Times, id: string): number => counts.get(id) ?? 0
  return [
    ...[...claimed.keys()]
      .filter((id) => of(claimed, id) > 1 + of(queued, id))
      .map((id) => `I3: ${id} was claimed ${of(claimed, id)} times and queued again ${of(queued, id)} times`),
    ...[...cancelled.keys()]
      .filter((id) => of(claimed, id) + of(cancelled, id) > 1 + of(queued, id))
      .map((id) => `I7: ${id} was cancelled while it waited, and claimed`),
    ...records
      .filter(({ id, attempt }) => attempt > of(claimed, id))
      .map(
        ({ id, attempt }) => `I8: ${id} counts ${attempt} attempts and was claimed ${of(claimed, id)} times`,
      ),
    ...history
      .of('claim')
      .filter(({ input, answer }) => answer.length > input[0].limit)
      .map(({ input, answer }) => `I2: a claim of ${input[0].limit} got ${answer.length}`),
  ]
}

function moved(history: History, event: 'cancel' | 'restart'): readonly string[] {
  return history.of('transition').flatMap(({ input, answer }) => (input[0].event === event ? answer : []))
}

/** Once per token: a repeated settlement puts nothing back. */
function givenBack(history: History): readonly string[] {
  const turns = history.of('settle').flatMap(({ input, answer }) =>
    answer.flatMap(({ id, accepted }, index) => {
      const { to, token } = input[0][index] ?? {}
      return accepted && (to === 'retry' || to === 'release') ? [`${id} ${token}`] : []
    }),
  )
  return [...new Set(turns)].map((turn) => turn.slice(0, turn.indexOf(' ')))
}

function takenFromTheDead(history: History): readonly string[] {
  const retired = new Set(history.of('retire').map(({ input }) => input[0]))
  return [
    ...history
      .of('recover')
      .flatMap(({ answer }) => answer.flatMap(({ id, status }) => (status === 'enqueued' ? [id] : []))),
    ...history
      .of('claim')
      .flatMap(({ input, answer }) => (retired.has(input[0].worker) ? answer.map(({ id }) => id) : [])),
  ]
}

function times(ids: readonly string[]): Times {
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}
