import { EventEmitter } from 'node:events'
import { PassThrough, Readable, Writable } from 'node:stream'
import type { Host } from '../src/command/host.ts'
import type { ExitCode } from '../src/exit-code.ts'
import { run } from '../src/run.ts'

/** How the command is called. */
export interface CallOptions {
  readonly folder: string
  readonly environment?: Record<string, string | undefined>
  /** Both streams are a terminal of so many columns. */
  readonly columns?: number
  /** Only stderr is a terminal: stdout is piped. */
  readonly piped?: boolean
  readonly input?: string
  readonly signals?: EventEmitter
  /** What a person at the terminal types, once something is asked. */
  readonly types?: string
}

/** What the call left. */
export interface CallOutcome {
  readonly exitCode: ExitCode
  readonly stdout: string
  readonly stderr: string
}

class Sink extends Writable {
  text = ''
  readonly isTTY: boolean
  readonly columns: number | undefined
  onText: (text: string) => void = () => {}

  constructor(columns: number | undefined) {
    super({ decodeStrings: false })
    this.isTTY = columns !== undefined
    this.columns = columns
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk
    this.onText(this.text)
    done()
  }
}

/** A keyboard. */
class Keyboard extends PassThrough {
  readonly isTTY = true
  setRawMode(): this {
    return this
  }
}

/** Calls the command in this process. */
export async function call(args: readonly string[], options: CallOptions): Promise<CallOutcome> {
  const { folder, environment = {}, columns, piped = false, input = '', types } = options
  const stdout = new Sink(piped ? undefined : columns)
  const stderr = new Sink(columns)
  const keyboard = new Keyboard()
  if (types !== undefined) {
    stderr.onText = () => {
      stderr.onText = () => {}
      keyboard.write(types)
    }
  }
  const host: Host = {
    args,
    folder,
    environment,
    stdin: types === undefined ? Readable.from([input]) : keyboard,
    stdout,
    stderr,
    signals: options.signals ?? new EventEmitter(),
  }
  const exitCode = await run(host)
  return { exitCode, stdout: stdout.text, stderr: stderr.text }
}
