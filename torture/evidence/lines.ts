import type { Method, Shapes } from './call.ts'
import type { Death, Enqueue, MessageMove, Trouble, Usage } from './evidence.ts'

/** A call begins. */
export interface CallLine<Name extends Method = Method> {
  readonly kind: 'call'
  readonly process: string
  /** Numbers the calls of a process. */
  readonly number: number
  readonly method: Name
  readonly input: Shapes[Name]['input']
  readonly at: number
}

/** A call ends. */
export interface ReplyLine {
  readonly kind: 'reply'
  readonly process: string
  readonly number: number
  readonly outcome: 'ok' | 'refused' | 'unknown'
  /** The answer, or the code of the error. */
  readonly answer: unknown
  readonly at: number
}

/** A task begins to run. */
export interface RunLine {
  readonly kind: 'run'
  readonly worker: string
  readonly id: string
  readonly attempt: number
  /** Numbers the runs of a worker. */
  readonly number: number
  readonly at: number
}

/** A task's run is over. */
export interface RanLine {
  readonly kind: 'ran'
  readonly worker: string
  readonly number: number
  readonly at: number
}

/** One line of a history, written by whichever process knows it. */
export type Line =
  | CallLine
  | ReplyLine
  | RunLine
  | RanLine
  | ({ readonly kind: 'enqueue' } & Enqueue)
  | ({ readonly kind: 'message' } & MessageMove)
  | { readonly kind: 'view'; readonly owner: string; readonly ids: readonly string[] }
  | { readonly kind: 'pick'; readonly queue: string; readonly weight: number; readonly count: number }
  | { readonly kind: 'ordered'; readonly ids: readonly string[] }
  | ({ readonly kind: 'death' } & Death)
  | { readonly kind: 'fault'; readonly name: string; readonly at: number }
  | ({ readonly kind: 'trouble' } & Trouble)
  | ({ readonly kind: 'quiet' } & Trouble)
  | ({ readonly kind: 'usage' } & Usage)

/** Takes lines. */
export type Write = (line: Line) => void
