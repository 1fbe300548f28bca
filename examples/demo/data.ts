import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'

/** The vega-datasets package ships data sets of the US government and others as files. */
const folder = new URL('../data/', import.meta.resolve('vega-datasets'))

/** The rows of one of its CSV files, as texts. */
export function rows(file: string): readonly Readonly<Record<string, string>>[] {
  return parse(readFileSync(new URL(file, folder)), { columns: true })
}
