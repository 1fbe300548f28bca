import { taskLogConformance } from '@waybill/conformance'
import fc from 'fast-check'
import mysql, { type PoolOptions } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { createMysqlTaskLog } from '../src/index.ts'
import { literal } from '../src/literals.ts'
import { idOf, newEntry } from './both-logs.ts'
import { dropTables, freshPrefix, freshSubject, run } from './fresh-prefix.ts'

const uri = inject('mysqlUrl')
const EVERYTHING = { kind: 'and', nodes: [] } as const

/** Everything an application may have set for its pool that changes what it reads or how it writes. */
const STRANGE_POOL: PoolOptions = {
  bigNumberStrings: true,
  charset: 'UTF8MB4_GENERAL_CI',
  dateStrings: true,
  decimalNumbers: true,
  flags: ['-FOUND_ROWS'],
  jsonStrings: true,
  multipleStatements: false,
  namedPlaceholders: true,
  nestTables: true,
  queryFormat: (sql: string) => sql,
  rowsAsArray: true,
  supportBigNumbers: true,
  timezone: '+09:00',
  typeCast: () => 'cast',
} as PoolOptions

const STRANGE_SESSION = [
  "SET SESSION time_zone = '-11:30'",
  "SET SESSION sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,ONLY_FULL_GROUP_BY,TRADITIONAL'",
  'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE',
]

taskLogConformance(
  {
    name: 'mysql, a pool and sessions with every setting changed',
    async create() {
      const subject = freshSubject(uri)
      const { options } = subject.elsewhere as { readonly options: { readonly prefix: string } }
      const pool = mysql.createPool({ uri, ...STRANGE_POOL })
      pool.on('connection', (connection) => {
        for (const statement of STRANGE_SESSION) void connection.query(statement)
      })
      await subject.log.close()
      return {
        ...subject,
        log: createMysqlTaskLog({ pool }, { prefix: options.prefix }),
        open: async () => createMysqlTaskLog({ pool }, { prefix: options.prefix }),
        async dispose() {
          await pool.end()
          await subject.dispose?.()
        },
      }
    },
  },
  {
    only: [
      'add',
      'claim',
      'data',
      'filter',
      'heartbeat',
      'key',
      'path',
      'promote',
      'recover',
      'search',
      'settle',
    ],
  },
)

describe('a text', () => {
  const modes = ['', 'NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES', 'ANSI,TRADITIONAL,NO_BACKSLASH_ESCAPES']
  const text = fc.oneof(
    fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed()),
    fc.string({
      unit: fc.constantFrom("'", '\\', '"', '`', '?', ':', '%', '\0', '\n', '\x1a', 'a', '\u{1f4e6}'),
    }),
  )

  test.each(modes)('says the same to a session whose sql_mode is %j, whatever is in it', async (mode) => {
    const connection = await mysql.createConnection({ uri })
    onTestFinished(() => connection.end())
    await connection.query(`SET SESSION sql_mode = '${mode}'`)
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
        const columns = texts.map((value, index) => `HEX(${literal(value)}) AS c${index}`)
        const [rows] = await connection.query<mysql.RowDataPacket[]>({
          sql: `SELECT ${columns.join(', ')}`,
          rowsAsArray: true,
        })
        expect(rows[0]).toEqual(texts.map((value) => Buffer.from(value).toString('hex').toUpperCase()))
      }),
      { numRuns: 100 },
    )
  })
})

describe('a database whose own collation compares neither case nor accents', () => {
  const name = freshPrefix()
  const inside = new URL(uri)
  inside.pathname = `/${name}`

  beforeAll(async () => {
    await run(uri, `CREATE DATABASE ${name} CHARACTER SET latin1 COLLATE latin1_general_ci`)
  })
  afterAll(async () => {
    await run(uri, `DROP DATABASE ${name}`)
  })

  test('holds every character, and tells texts apart by their bytes', async () => {
    await using log = createMysqlTaskLog({ uri: inside.href })
    await log.createContainer()
    const labels = ['a', 'A', 'á', 'a ', 'ａ', '\u{1f4e6}', '\u{1f4e6}\u{fe0f}', 'ß', 'ss', 'e\u0301', 'é']
    await log.add(
      labels.map((label, index) =>
        newEntry(index, { label, owner: label, idempotencyKey: 'k', fingerprint: 'f' }),
      ),
    )
    for (const [index, label] of labels.entries()) {
      const where = { kind: 'column', column: 'label', operator: 'eq', value: label } as const
      expect(await log.count(where)).toBe(1)
      expect(await log.find([idOf(index)])).toMatchObject([{ label, owner: label }])
    }
    expect(await log.doctor()).toEqual([])
  })
})

test('a session that has not every character is refused before anything is lost', async () => {
  const pool = mysql.createPool({ uri, charset: 'LATIN1_SWEDISH_CI' })
  onTestFinished(() => pool.end())
  await expect(createMysqlTaskLog({ pool }).createContainer()).rejects.toMatchObject({
    code: 'store_refused',
    message: expect.stringContaining("Set charset: 'utf8mb4'"),
  })
})

test('sessions without autocommit are refused: what one statement wrote would be lost', async () => {
  const pool = mysql.createPool({ uri })
  pool.on('connection', (connection) => void connection.query('SET SESSION autocommit = 0'))
  onTestFinished(() => pool.end())
  await expect(createMysqlTaskLog({ pool }).createContainer()).rejects.toMatchObject({
    code: 'store_refused',
    message: expect.stringContaining('autocommit'),
  })
})

test('no session keeps anything of ours when it goes back to the pool', async () => {
  const prefix = freshPrefix()
  const pool = mysql.createPool({ uri, connectionLimit: 1 })
  const log = createMysqlTaskLog({ pool }, { prefix })
  onTestFinished(async () => {
    await pool.end()
    await dropTables(uri, prefix)
  })
  const facts = `SELECT @@autocommit, @@sql_mode, @@time_zone, @@character_set_client, @@transaction_isolation, @@in_transaction,
    CONNECTION_ID(), (SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'User lock')`
  const version = await run(uri, 'SELECT VERSION() AS version')
  const isMariadb = String(version[0]?.['version']).includes('MariaDB')
  const sql = isMariadb
    ? facts.replace('transaction_isolation', 'tx_isolation')
    : facts.replace(' @@in_transaction,', '')
  const [before] = await pool.query(sql)
  await log.createContainer()
  await log.add([newEntry(1, { parentId: null, idempotencyKey: 'k', fingerprint: 'f' })])
  await log.heartbeat({ worker: 'w', leaseMs: 1_000, info: null, open: [] })
  await log.claim({ worker: 'w', token: 't', from: { queue: 'default' }, limit: 1 })
  await log.retire('w')
  await log.doctor()
  expect(await log.count(EVERYTHING)).toBe(1)
  const [after] = await pool.query(sql)
  expect(after).toEqual(before)
})
