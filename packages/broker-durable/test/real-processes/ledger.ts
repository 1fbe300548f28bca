import { closeSync, openSync, readSync, writeSync } from 'node:fs'

/** What processes write down outside the database, so that it cannot hide anything. */
export type Line =
  /** A worker takes tasks from now on. */
  | { readonly kind: 'ready'; readonly at: number; readonly worker: string }
  /** A worker asked for tasks and was given this one. */
  | ({
      readonly kind: 'claimed'
      readonly asked: number
      readonly at: number
      readonly worker: string
      readonly queue: string
    } & Held)
  | {
      readonly kind: 'began'
      readonly at: number
      readonly worker: string
      readonly run: string
      readonly id: string
      readonly taskName: string
      readonly owner: string
      readonly attempt: number
    }
  | { readonly kind: 'ended'; readonly at: number; readonly run: string }
  /** A worker wrote an outcome; `run` is what the report says it comes from. */
  | ({
      readonly kind: 'settled'
      readonly asked: number
      readonly worker: string
      readonly to: string
      readonly run: string | null
      readonly accepted: boolean
    } & Held)
  | { readonly kind: 'beat'; readonly asked: number; readonly worker: string }
  /** Something went wrong that the worker goes on from by itself. */
  | {
      readonly kind: 'fault'
      readonly at: number
      readonly worker: string
      readonly during: string
      readonly error: string
    }

interface Held {
  readonly id: string
  readonly token: string
}

/** Milliseconds of the machine's monotonic clock, the same for all processes. */
export function moment(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Takes lines. */
export type Write = (...lines: readonly Line[]) => void

/** Opens a ledger for writing: lines of many processes never mix, since each write is appended as a whole. */
export function openLedger(file: string): Write {
  const descriptor = openSync(file, 'a')
  return (...lines) => {
    if (lines.length > 0) writeSync(descriptor, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  }
}

/** Reads a ledger as it grows. */
export class Ledger {
  readonly #descriptor: number
  readonly #lines: Line[] = []
  #unfinished = ''

  /** @param file made when it is not there yet */
  constructor(file: string) {
    this.#descriptor = openSync(file, 'a+')
  }

  /** All lines that were written until now. */
  get lines(): readonly Line[] {
    const buffer = Buffer.alloc(1 << 20)
    for (let read = -1; read !== 0; ) {
      read = readSync(this.#descriptor, buffer)
      // Everything written is ASCII: no character is ever cut in two.
      const pieces = (this.#unfinished + buffer.toString('latin1', 0, read)).split('\n')
      this.#unfinished = pieces.pop() ?? ''
      for (const piece of pieces) this.#lines.push(JSON.parse(piece) as Line)
    }
    return this.#lines
  }

  /** The lines of one kind. */
  of<Kind extends Line['kind']>(kind: Kind): readonly Extract<Line, { readonly kind: Kind }>[] {
    return this.lines.filter((line): line is Extract<Line, { readonly kind: Kind }> => line.kind === kind)
  }

  /** Ends the reading. */
  close(): void {
    closeSync(this.#descriptor)
  }
}
