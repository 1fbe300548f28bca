import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { NotSupportedError } from '@waybill/core'
import { iterableSource } from './iterable-source.ts'
import type { MigrationSource } from './migration-source.ts'

/** Options of {@link csvSource}. */
export interface CsvSourceOptions {
  /** What separates columns. Default `,`. */
  readonly delimiter?: string
  /** The names of the columns. Default: the first line has them. */
  readonly columns?: readonly string[]
  /** Default `utf8`. */
  readonly encoding?: BufferEncoding
}

/** One line of a CSV file, by column. */
export type CsvRow = Readonly<Record<string, string>>

/**
 * The rows of a CSV file, read with `csv-parse`, a peer of this package; a unit's id is the row's place, from 0, without
 * the heading. The file is read once to plan, once for each pass and once more after a crash. One range.
 */
export function csvSource(file: string, options: CsvSourceOptions = {}): MigrationSource<CsvRow, null> {
  const rows = (): AsyncIterable<CsvRow> => parsed(file, options)
  return {
    ...iterableSource(rows),
    async plan() {
      let total = 0
      for await (const _ of rows()) total += 1
      return total === 0 ? [] : [{ from: null, to: null, total }]
    },
  }
}

async function* parsed(file: string, options: CsvSourceOptions): AsyncGenerator<CsvRow, void, undefined> {
  const { parse } = await csvParse()
  const { delimiter = ',', columns, encoding = 'utf8' } = options
  const parser = parse({ bom: true, delimiter, columns: columns === undefined ? true : [...columns] })
  const stream: Readable = createReadStream(file, { encoding })
  stream.on('error', (error) => parser.destroy(error))
  try {
    for await (const row of stream.pipe(parser)) yield row as CsvRow
  } finally {
    stream.destroy()
  }
}

async function csvParse(): Promise<typeof import('csv-parse')> {
  try {
    return await import('csv-parse')
  } catch (cause) {
    const error = new NotSupportedError(
      'A CSV source',
      'reading without csv-parse',
      'Install it: npm install csv-parse',
    )
    error.cause = cause
    throw error
  }
}
