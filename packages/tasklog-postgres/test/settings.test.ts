import { taskLogConformance } from '@waybill/conformance'
import { inject } from 'vitest'
import { freshName, freshSubject, run } from './fresh-schema.ts'

/** Everything that a server, a database or a role may have set that changes how values are read, written or compared. */
const STRANGE_SETTINGS = {
  TimeZone: 'Pacific/Chatham',
  DateStyle: 'SQL, DMY',
  IntervalStyle: 'sql_standard',
  bytea_output: 'escape',
  default_transaction_isolation: 'serializable',
  extra_float_digits: '-15',
  lc_numeric: 'C',
  search_path: 'pg_catalog',
  standard_conforming_strings: 'off',
  xmloption: 'document',
}

/** A collation that takes letters for equal which differ in case or accents only, as a database may have it. */
const LOCALE = `LOCALE_PROVIDER icu ICU_LOCALE 'und-u-ks-level1' LOCALE 'C' ENCODING 'UTF8'`

/** What depends on how values are read, written and compared. */
const OF_THE_SETTINGS = ['data', 'filter', 'heartbeat', 'path', 'promote', 'recover', 'schema', 'search']

const serverUrl = inject('postgresUrl')
const database = freshName()
const url = new URL(serverUrl)
url.pathname = `/${database}`

taskLogConformance(
  {
    name: 'postgres, a database with every setting changed',
    async start() {
      await run(serverUrl, `CREATE DATABASE ${database} TEMPLATE template0 ${LOCALE}`)
      for (const [name, value] of Object.entries(STRANGE_SETTINGS)) {
        await run(
          serverUrl,
          `ALTER DATABASE ${database} SET ${name} = ${value.includes(',') ? value : `'${value}'`}`,
        )
      }
    },
    async stop() {
      await run(serverUrl, `DROP DATABASE ${database} WITH (FORCE)`)
    },
    create: async () => freshSubject(url.href),
  },
  { only: OF_THE_SETTINGS },
)
