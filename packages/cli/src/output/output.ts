import type { Writable } from 'node:stream'
import pc from 'picocolors'
import { CliError, PipeClosedError } from '../errors/cli-error.ts'
import { safeJson } from './escape.ts'
import { Redactor } from './redact.ts'
import type { Surroundings } from './surroundings.ts'

/** Colours; each function answers its text as it is where there are none. */
export type Colours = ReturnType<typeof pc.createColors>

/** A stream the command writes to. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number | undefined }

/** Where the command writes: data to stdout, talk to stderr. Takes secrets out of both. */
export class Output {
  /** What is known of the two streams. */
  readonly surroundings: Surroundings
  /** For data. */
  readonly colours: Colours
  /** For talk. */
  readonly talkColours: Colours
  /** Knows what must not be printed. */
  readonly redactor: Redactor = new Redactor()
  readonly #stdout: OutputStream
  readonly #stderr: OutputStream
  readonly #onError: (error: Error) => void
  readonly #stdoutFailed: (error: NodeJS.ErrnoException) => void
  readonly #stderrFailed: () => void
  #closed = false
  #status = ''

  /** @param onError told when nobody reads stdout any more, or it cannot be written */
  constructor(
    streams: { readonly stdout: OutputStream; readonly stderr: OutputStream },
    surroundings: Surroundings,
    onError: (error: Error) => void,
  ) {
    this.surroundings = surroundings
    this.colours = pc.createColors(surroundings.colour)
    this.talkColours = pc.createColors(surroundings.talkColour)
    this.#stdout = streams.stdout
    this.#stderr = streams.stderr
    this.#onError = onError
    this.#stdoutFailed = (error) => this.#fail(error)
    this.#stderrFailed = () => {}
    this.#stdout.on('error', this.#stdoutFailed)
    this.#stderr.on('error', this.#stderrFailed)
  }

  /** Stops listening to the streams. */
  release(): void {
    this.#stdout.off('error', this.#stdoutFailed)
    this.#stderr.off('error', this.#stderrFailed)
  }

  /** Writes text to stdout as it is; resolves once the reader has room for more. */
  async write(text: string): Promise<void> {
    if (this.#closed) throw new PipeClosedError()
    this.#clearStatus()
    await new Promise<void>((resolve) => this.#stdout.write(this.redactor.redact(text), () => resolve()))
    if (this.#closed) throw new PipeClosedError()
  }

  /** Writes one line of data. */
  async line(text = ''): Promise<void> {
    await this.write(`${text}\n`)
  }

  /** Writes one JSON document: spread out on a terminal, one line elsewhere. */
  async json(value: unknown): Promise<void> {
    await this.line(safeJson(value, this.surroundings.terminal ? 2 : 0))
  }

  /** Writes one line of NDJSON. */
  async ndjson(value: unknown): Promise<void> {
    await this.line(safeJson(value))
  }

  /** Tells the person at the other end one line; nothing a program reads. */
  talk(text = ''): void {
    this.#clearStatus()
    this.#stderr.write(`${this.redactor.redactTalk(text)}\n`)
  }

  /** Draws a line that the next one takes the place of; only for a terminal that can. */
  status(text: string): void {
    if (text === this.#status) return
    this.#stderr.write(`\r\x1b[2K${this.redactor.redactTalk(text)}`)
    this.#status = text
  }

  #clearStatus(): void {
    if (this.#status === '') return
    this.#stderr.write('\r\x1b[2K')
    this.#status = ''
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#closed) return
    this.#closed = true
    const left = error.code === 'EPIPE' || error.code === 'ECONNRESET'
    this.#onError(left ? new PipeClosedError() : new CliError(`stdout cannot be written: ${error.message}`))
  }
}
