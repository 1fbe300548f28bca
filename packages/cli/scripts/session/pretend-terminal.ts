import { COLUMNS } from './columns.ts'

/** Loaded before the command: its streams are pipes to whoever records it, and look to it like a terminal. */
for (const stream of [process.stdout, process.stderr]) {
  Object.defineProperties(stream, { isTTY: { value: true }, columns: { value: COLUMNS } })
}
