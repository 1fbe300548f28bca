import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parse } from 'csv-parse/sync'

/** The vega-datasets package ships data sets of the US government and others as files. */
const folder = join(dirname(createRequire(import.meta.url).resolve('vega-datasets/package.json')), 'data')

/** The rows of one of its CSV files, as texts. */
export function rows(file: string): readonly Readonly<Record<string, string>>[] {
  return parse(readFileSync(join(folder, file)), { columns: true })
}
