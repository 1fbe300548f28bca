import type { Call } from './call.ts'
import type { Facts, Remains, Run } from './evidence.ts'
import type { CallLine, Line, ReplyLine } from './lines.ts'

/** What all lines together say. */
export function factsOf(lines: readonly Line[], timing: Facts['timing'], remains: Remains): Facts {
  const of = <Kind extends Line['kind']>(kind: Kind): readonly Extract<Line, { kind: Kind }>[] =>
    lines.filter((line): line is Extract<Line, { kind: Kind }> => line.kind === kind)
  return {
    timing,
    calls: callsOf(of('call'), of('reply')),
    runs: runsOf(lines),
    enqueues: of('enqueue'),
    messages: of('message').toSorted((left, right) => left.at - right.at),
    views: of('view'),
    picks: sumOfPicks(of('pick')),
    ordered: of('ordered').flatMap(({ ids }) => ids),
    deaths: of('death'),
    faults: Object.fromEntries(
      [...Map.groupBy(of('fault'), ({ name }) => name)].map(([name, same]) => [name, same.length]),
    ),
    troubles: of('trouble'),
    quiet: of('quiet'),
    usage: of('usage'),
    remains,
  }
}

/** A call without a reply may have been carried out: its process died, or still waits. */
function callsOf(beginnings: readonly CallLine[], replies: readonly ReplyLine[]): readonly Call[] {
  const byCall = new Map(replies.map((reply) => [nameOf(reply), reply]))
  return beginnings.map((line) => {
    const { method, process, input, at } = line
    const reply = byCall.get(nameOf(line))
    const beginning = { method, process, input, began: at }
    if (reply === undefined) {
      return { ...beginning, outcome: 'unknown', error: null, ended: Number.POSITIVE_INFINITY } as Call
    }
    const { outcome, answer, at: ended } = reply
    return { ...beginning, outcome, ended, ...(outcome === 'ok' ? { answer } : { error: answer }) } as Call
  })
}

function nameOf({ process, number }: { readonly process: string; readonly number: number }): string {
  return `${process} ${number}`
}

function runsOf(lines: readonly Line[]): readonly Run[] {
  const ended = new Map(
    lines.flatMap((line) => (line.kind === 'ran' ? [[`${line.worker} ${line.number}`, line.at]] : [])),
  )
  return lines.flatMap((line) => {
    if (line.kind !== 'run') return []
    const { worker, number, id, attempt, at } = line
    return [{ id, attempt, worker, began: at, ended: ended.get(`${worker} ${number}`) ?? null }]
  })
}

function sumOfPicks(picks: Facts['picks']): Facts['picks'] {
  return [...Map.groupBy(picks, ({ queue }) => queue)].map(([queue, same]) => ({
    queue,
    weight: same[0]?.weight ?? 0,
    count: same.reduce((sum, { count }) => sum + count, 0),
  }))
}
