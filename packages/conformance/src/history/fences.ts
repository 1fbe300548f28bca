import type { History } from './history.ts'

interface Holder {
  readonly id: string
  readonly token: string
  readonly began: number
  readonly ended: number
}

/** I4: nobody writes who had lost the entry: whose token is none, or older than one that was claimed before the write. */
export function brokenFences(history: History): readonly string[] {
  const holders: readonly Holder[] = history
    .of('claim')
    .flatMap(({ answer, began, ended }) => answer.map(({ id, token }) => ({ id, token, began, ended })))
  const byId = Map.groupBy(holders, ({ id }) => id)
  return acceptedWrites(history)
    .filter(({ id, token, began }) => {
      const own = byId.get(id)?.find((holder) => holder.token === token)
      return (
        own === undefined ||
        (byId.get(id) ?? []).some((holder) => holder.began > own.ended && holder.ended < began)
      )
    })
    .map(({ id, what }) => `I4: a ${what} of ${id} was accepted from a worker that had lost it`)
}

interface Write {
  readonly what: string
  readonly id: string
  readonly token: string
  readonly began: number
}

function acceptedWrites(history: History): readonly Write[] {
  return [
    ...history
      .of('settle')
      .flatMap(({ input, answer, began }) =>
        answer.flatMap(({ id, accepted }, index) =>
          accepted ? [{ what: 'settlement', id, token: input[0][index]?.token ?? '', began }] : [],
        ),
      ),
    ...history
      .of('start')
      .flatMap(({ input, answer, began }) =>
        input[0].flatMap(({ id, token }) =>
          answer.includes(id) ? [{ what: 'start', id, token, began }] : [],
        ),
      ),
    ...history
      .of('heartbeat')
      .flatMap(({ input, answer, began }) =>
        input[0].open.flatMap(({ id, token }) =>
          answer.lost.includes(id) ? [] : [{ what: 'beat', id, token, began }],
        ),
      ),
  ]
}
