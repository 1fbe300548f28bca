import { Writable } from 'node:stream'
import { Output } from '../src/output/output.ts'

class Sink extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** An output of so many columns, or one that is no terminal, and what was written to it. */
export function terminal(
  width: number | null,
  { colour = width !== null }: { readonly colour?: boolean } = {},
): { readonly output: Output; readonly stdout: () => string; readonly stderr: () => string } {
  const stdout = new Sink()
  const stderr = new Sink()
  const isTerminal = width !== null
  const surroundings = {
    terminal: isTerminal,
    animated: isTerminal,
    width: width ?? 80,
    colour,
    talkColour: colour,
  }
  const output = new Output({ stdout, stderr }, surroundings, () => {})
  return { output, stdout: () => stdout.text, stderr: () => stderr.text }
}
