import { parseArgs } from 'node:util'

/** What the command was asked for. */
export interface CommandArguments {
  /** The module that exports `taskLog`, `broker` or both. */
  readonly module: string
  /** Only these rules or areas; all when there are none. */
  readonly only: readonly string[]
  /** Where the guarantee sheets go; null for nowhere. */
  readonly sheet: string | null
}

/** What the command says about itself. */
export const USAGE = `Usage: waybill-conformance <module> [rule or area ...] [--sheet <file>]

  <module>         exports "taskLog" (a TaskLogInitializer), "broker" (a BrokerInitializer), or both
  rule or area     try these only, for example: claim settle-003
  --sheet <file>   write what the adapter guarantees, as JSON
  --help           show this

Ends with 0 when every rule is kept, 1 when one is broken, 2 when it could not be tried.
`

/** The arguments of the command; null when help was asked for. Throws when they make no sense. */
export function readArguments(words: readonly string[]): CommandArguments | null {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { sheet: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  const [module, ...only] = positionals
  if (values.help) return null
  if (module === undefined) throw new Error('Name the module of your adapter.')
  return { module, only, sheet: values.sheet ?? null }
}
