import { appendFileSync, closeSync, constants, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Line, Write } from './lines.ts'

/** A file that lines are added to at once and whole, whoever else adds to it, and that outlives its writer. */
export function lineFile(path: string): Write {
  const file = openSync(path, constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY, 0o600)
  process.on('exit', () => closeSync(file))
  return (line) => void writeSync(file, `${JSON.stringify(line)}\n`)
}

/** Adds lines in one go. */
export function appendLines(path: string, lines: readonly Line[]): void {
  appendFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

/** The lines of all files of a folder. A process that was killed may have left half a line. */
export function readLines(folder: string): Line[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .flatMap((text) => {
      try {
        return text === '' ? [] : [JSON.parse(text) as Line]
      } catch {
        return []
      }
    })
}
