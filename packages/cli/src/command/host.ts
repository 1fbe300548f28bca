import type { Readable } from 'node:stream'
import type { OutputStream } from '../output/output.ts'

/** Where signals come from. */
export interface SignalSource {
  /** Begins to listen. */
  on(signal: string, listener: () => void): unknown
  /** Ends it. */
  off(signal: string, listener: () => void): unknown
}

/** What the command runs in: the process, or what a test puts in its place. */
export interface Host {
  /** The arguments, without node and script. */
  readonly args: readonly string[]
  readonly folder: string
  readonly environment: Record<string, string | undefined>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly signals: SignalSource
}

/** The process. */
export function processHost(): Host {
  return {
    args: process.argv.slice(2),
    folder: process.cwd(),
    environment: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
  }
}
