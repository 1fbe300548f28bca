import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import {
  arraySource,
  contractSource,
  csvSource,
  iterableSource,
  type MigrationSource,
  mysqlTable,
  postgresTable,
  sqliteTable,
  type UnitReader,
} from '../src/index.ts'

/** What is read at once, each value with the text of its id. */
async function read<Value>(
  reader: UnitReader<Value, never>,
  after: string | null,
  limit: number,
): Promise<{ id: string; value: Value }[]> {
  const { values, idAt } = await reader.read(after, limit, null)
  return values.map((value, index) => ({ id: String(idAt(index)), value }))
}

/** Everything a source has, read in so many ranges, so many at a time. */
async function readAll(
  source: MigrationSource<unknown, never>,
  ranges: number,
  limit: number,
): Promise<{ ids: string[]; sizes: number[] }> {
  const ids: string[] = []
  const sizes: number[] = []
  for (const range of await source.plan(ranges)) {
    const before = ids.length
    const reader = await source.open(range)
    let after: string | null = null
    for (;;) {
      const units: { id: string }[] = await read(reader, after, limit)
      expect(await read(reader, after, limit)).toEqual(units)
      ids.push(...units.map(({ id }) => id))
      if (units.length < limit) break
      after = units.at(-1)?.id ?? null
    }
    await reader.close()
    sizes.push(ids.length - before)
    if (range.total !== null) expect(sizes.at(-1)).toBe(range.total)
  }
  return { ids, sizes }
}

async function expectOrder(source: MigrationSource<never, never>, ids: readonly string[]): Promise<void> {
  for (const ranges of [1, 2, 3, ids.length + 5]) {
    for (const limit of [1, 2, ids.length + 1]) {
      const read = await readAll(source as never, ranges, limit)
      expect(read.ids, `${ranges} ranges, ${limit} at a time`).toEqual(ids)
      expect(Math.max(...read.sizes) - Math.min(...read.sizes)).toBeLessThanOrEqual(1)
    }
  }
}

const numbers = Array.from({ length: 25 }, (_, index) => String(index))

describe('sources without a database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sources-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('an array is read in order, in ranges', async () => {
    await expectOrder(arraySource(numbers) as never, numbers)
    expect(await arraySource([]).plan(3)).toEqual([])
  })

  it('an iterable is made anew for every reader, and goes past what is done', async () => {
    async function* values(): AsyncGenerator<number> {
      for (const number of numbers) yield Number(number)
    }
    const source = iterableSource(values)
    expect((await readAll(source as never, 4, 7)).ids).toEqual(numbers)
    const reader = await source.open({ from: null, to: null, total: null })
    expect(await read(reader, '9', 2)).toEqual([
      { id: '10', value: 10 },
      { id: '11', value: 11 },
    ])
    await reader.close()
    expect(() => iterableSource([1] as never)).toThrow(/a function that makes the iterable/)
  })

  it('the rows of a CSV file are counted and read by column', async () => {
    const file = join(folder, 'people.csv')
    writeFileSync(file, '\uFEFFname,note\nAda,"a, b"\nGrace,"line\nbreak"\n')
    const source = csvSource(file)
    const [range] = await source.plan(4)
    expect(range?.total).toBe(2)
    const reader = await source.open(range as never)
    expect(await read(reader, null, 10)).toEqual([
      { id: '0', value: { name: 'Ada', note: 'a, b' } },
      { id: '1', value: { name: 'Grace', note: 'line\nbreak' } },
    ])
    await reader.close()
    await expect(csvSource(join(folder, 'missing.csv')).plan(1)).rejects.toThrow(/ENOENT/)
  })

  it("what a searcher of core's contracts finds is read by position, gaps and all", async () => {
    const units = [3, 4, 5, 1_700, 2_500, 2_501].map((at) => ({ at, id: `item-${at}`, value: at }))
    const source = contractSource({
      max: () => 3_000,
      searcher: { search: ({ start, end }) => units.filter(({ at }) => at >= start && at < end) },
    })
    for (const [ranges, limit] of [
      [1, 2],
      [3, 1],
      [2, 100],
    ] as const) {
      const { ids } = await readAll(source as never, ranges, limit)
      expect(ids.map((id) => id.replace(/^.*:/, ''))).toEqual(units.map(({ id }) => id))
    }
  })
})

describe('a SQLite table', () => {
  const database = new Database(':memory:')
  database.exec(`
    CREATE TABLE by_id (id INTEGER PRIMARY KEY);
    CREATE TABLE by_text (code TEXT NOT NULL UNIQUE, n INTEGER);
    CREATE TABLE by_two (country TEXT, n INTEGER, PRIMARY KEY (country, n)) WITHOUT ROWID;
    CREATE TABLE by_blob (hash BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE by_real (x REAL PRIMARY KEY NOT NULL);
    CREATE TABLE no_key (n INTEGER);
    CREATE TABLE by_nullable (code TEXT UNIQUE);
    CREATE TABLE "odd ""name" (id INTEGER PRIMARY KEY);
    INSERT INTO by_id VALUES (-5), (0), (7), (900), (9007199254740991);
    INSERT INTO by_text VALUES ('b', 1), ('a', 2), ('1', 3), ('Z', 4), ('é', 5), ('', 6);
    INSERT INTO by_two VALUES ('de', 2), ('de', 10), ('at', 7), ('fr', 1), ('fr', -1);
    INSERT INTO by_blob VALUES (x'00ff'), (x'00'), (x'ff'), (x'0a0b');
    INSERT INTO by_real VALUES (1.5), (-2), (0.1), (1e300);
    INSERT INTO by_nullable VALUES ('a'), (NULL);
    INSERT INTO "odd ""name" VALUES (1), (2);
  `)
  afterAll(() => database.close())

  it.each([
    ['by_id', undefined, ['-5', '0', '7', '900', '9007199254740991']],
    ['by_text', 'code', ['', '1', 'Z', 'a', 'b', 'é']],
    ['by_two', undefined, ['["at","7"]', '["de","2"]', '["de","10"]', '["fr","-1"]', '["fr","1"]']],
    ['by_blob', undefined, ['00', '00ff', '0a0b', 'ff']],
    ['by_real', undefined, ['-2', '0.1', '1.5', '1e+300']],
    ['odd "name', undefined, ['1', '2']],
  ] as const)('%s is read in the order of its key', async (table, key, ids) => {
    await expectOrder(sqliteTable(database, { table, ...(key && { key }) }) as never, ids)
  })

  it('only the rows of a condition, and only some columns', async () => {
    const source = sqliteTable(database, { table: 'by_text', key: 'code', where: 'n > 3', columns: ['n'] })
    expect((await readAll(source as never, 2, 2)).ids).toEqual(['', 'Z', 'é'])
    const reader = await source.open({ from: null, to: null, total: null })
    expect(await read(reader, null, 1)).toEqual([{ id: '', value: { code: '', n: 6 } }])
  })

  it('a key that does not tell rows apart is refused', async () => {
    const refused = (table: string, key?: string) =>
      expect(sqliteTable(database, { table, ...(key !== undefined && { key }) }).plan(1)).rejects
    await refused('no_key').toThrow(/has no primary key/)
    await refused('by_text', 'n').toThrow(/no unique index on \(n\); its unique indexes: \(code\)/)
    await refused('by_nullable', 'code').toThrow(/has nulls/)
    await refused('nowhere').toThrow(/there is no table nowhere/)
  })
})

describe('a PostgreSQL table', () => {
  const schema = `sources_${process.pid}`
  const pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 2 })
  beforeAll(async () => {
    await pool.query(`
      CREATE SCHEMA ${schema};
      CREATE TABLE ${schema}.by_id (id bigint PRIMARY KEY);
      CREATE TABLE ${schema}.by_uuid (id uuid PRIMARY KEY);
      CREATE TABLE ${schema}.by_two (country text NOT NULL, at timestamptz NOT NULL, note text, PRIMARY KEY (country, at));
      CREATE TABLE ${schema}.by_bytes (hash bytea PRIMARY KEY);
      CREATE TABLE ${schema}.by_numeric (x numeric(30,10) PRIMARY KEY);
      CREATE TABLE ${schema}.odd ("The Key" varchar(10) UNIQUE, other int UNIQUE);
      INSERT INTO ${schema}.by_id VALUES (-5), (7), (9007199254740993), (9007199254740992), (10);
      INSERT INTO ${schema}.by_uuid VALUES ('00000000-0000-4000-8000-000000000002'), ('ffffffff-0000-4000-8000-000000000001');
      INSERT INTO ${schema}.by_two VALUES
        ('de', '2024-01-01 00:00:00.000002+00'), ('de', '2024-01-01 00:00:00.000001+00'), ('at', '2024-02-01 00:00:00+00');
      INSERT INTO ${schema}.by_bytes VALUES ('\\x00ff'), ('\\x00'), ('\\xff');
      INSERT INTO ${schema}.by_numeric VALUES (0.0000000001), (-1), (12345678901234567890.5);
    `)
  })
  afterAll(async () => {
    await pool.query(`DROP SCHEMA ${schema} CASCADE`)
    await pool.end()
  })

  it.each([
    ['by_id', ['-5', '7', '10', '9007199254740992', '9007199254740993']],
    ['by_uuid', ['00000000-0000-4000-8000-000000000002', 'ffffffff-0000-4000-8000-000000000001']],
    [
      'by_two',
      [
        '["at","2024-02-01 00:00:00+00"]',
        '["de","2024-01-01 00:00:00.000001+00"]',
        '["de","2024-01-01 00:00:00.000002+00"]',
      ],
    ],
    ['by_bytes', ['\\x00', '\\x00ff', '\\xff']],
    ['by_numeric', ['-1.0000000000', '0.0000000001', '12345678901234567890.5000000000']],
  ] as const)('%s is read in the order of its key', async (table, ids) => {
    await expectOrder(postgresTable(pool, { table: `${schema}.${table}` }) as never, ids)
  })

  it('a key that does not tell rows apart is refused', async () => {
    const table = `${schema}.odd`
    await expect(postgresTable(pool, { table }).plan(1)).rejects.toThrow(/has no primary key/)
    await expect(postgresTable(pool, { table, key: 'The Key' }).plan(1)).rejects.toThrow(/may be null/)
    await expect(postgresTable(pool, { table, key: 'nothing' }).plan(1)).rejects.toThrow(
      /no unique index on \(nothing\)/,
    )
    await expect(postgresTable(pool, { table: 'nowhere' }).plan(1)).rejects.toThrow(
      /there is no table nowhere/,
    )
  })

  it('a chunk is read from the index of the key, without a sort', async () => {
    await pool.query(`
      CREATE TABLE ${schema}.many (country text, n int, PRIMARY KEY (country, n));
      INSERT INTO ${schema}.many SELECT 'c' || i % 7, i FROM generate_series(1, 20000) AS i;
      ANALYZE ${schema}.many;
    `)
    const plans: string[] = []
    const explaining = {
      connect: () => pool.connect(),
      query: async (sql: string, values?: unknown[]) => {
        if (/LIMIT \$1$/.test(sql)) {
          const { rows } = await pool.query(`EXPLAIN ${sql}`, values)
          plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
        }
        return await pool.query(sql, values)
      },
    }
    const source = postgresTable(explaining, { table: `${schema}.many` })
    const reader = await source.open({ from: null, to: '["c6","100"]', total: null })
    await reader.read('["c2","50"]', 100, null)
    expect(plans[0]).toMatch(/Index (Only )?Scan using many_pkey/)
    expect(plans[0]).not.toMatch(/Sort|Seq Scan/)
  })
})

describe('a MySQL or MariaDB table', () => {
  const pool = mysql.createPool({
    uri: inject('mysqlUrl'),
    supportBigNumbers: true,
    multipleStatements: true,
  })
  const name = `sources_${process.pid}`
  beforeAll(async () => {
    await pool.query(`
      CREATE DATABASE ${name} CHARACTER SET utf8mb4;
      CREATE TABLE ${name}.by_id (id bigint PRIMARY KEY);
      CREATE TABLE ${name}.by_two (country varchar(10) NOT NULL, at datetime(6) NOT NULL, note text, PRIMARY KEY (country, at));
      CREATE TABLE ${name}.by_three (a int, b int, c int, PRIMARY KEY (a, b, c));
      CREATE TABLE ${name}.by_bytes (hash varbinary(16) PRIMARY KEY);
      CREATE TABLE ${name}.by_decimal (x decimal(30,10) PRIMARY KEY);
      CREATE TABLE ${name}.odd (e enum('b', 'a') PRIMARY KEY, f varchar(20) UNIQUE, g varchar(20) NOT NULL, UNIQUE (g(5)));
      INSERT INTO ${name}.by_id VALUES (-5), (7), (9007199254740993), (9007199254740992), (10);
      INSERT INTO ${name}.by_two (country, at) VALUES
        ('de', '2024-01-01 00:00:00.000002'), ('de', '2024-01-01 00:00:00.000001'), ('AT', '2024-02-01');
      INSERT INTO ${name}.by_three VALUES (1, 1, 1), (1, 1, 2), (1, 2, 0), (2, 0, 0), (2, 0, 5), (-1, 9, 9);
      INSERT INTO ${name}.by_bytes VALUES (x'00ff'), (x'00'), (x'ff');
      INSERT INTO ${name}.by_decimal VALUES (0.0000000001), (-1), (12345678901234567890.5);
    `)
  })
  afterAll(async () => {
    await pool.query(`DROP DATABASE ${name}`)
    await pool.end()
  })

  it.each([
    ['by_id', ['-5', '7', '10', '9007199254740992', '9007199254740993']],
    [
      'by_two',
      [
        '["AT","2024-02-01 00:00:00.000000"]',
        '["de","2024-01-01 00:00:00.000001"]',
        '["de","2024-01-01 00:00:00.000002"]',
      ],
    ],
    [
      'by_three',
      ['["-1","9","9"]', '["1","1","1"]', '["1","1","2"]', '["1","2","0"]', '["2","0","0"]', '["2","0","5"]'],
    ],
    ['by_bytes', ['00', '00ff', 'ff']],
    ['by_decimal', ['-1.0000000000', '0.0000000001', '12345678901234567890.5000000000']],
  ] as const)('%s is read in the order of its key', async (table, ids) => {
    await expectOrder(mysqlTable(pool, { table: `${name}.${table}` }) as never, ids)
  })

  it('a key without an exact order is refused', async () => {
    const table = `${name}.odd`
    await expect(mysqlTable(pool, { table }).plan(1)).rejects.toThrow(/has no exact order/)
    await expect(mysqlTable(pool, { table, key: 'f' }).plan(1)).rejects.toThrow(/may be null/)
    await expect(mysqlTable(pool, { table, key: 'g' }).plan(1)).rejects.toThrow(/no unique index on \(g\)/)
    await expect(mysqlTable(pool, { table: 'nowhere' }).plan(1)).rejects.toThrow(/no table nowhere/)
  })

  it('a chunk is read from the index of the key, without a sort', async () => {
    await pool.query(`
      CREATE TABLE ${name}.many (country varchar(5), n int, note varchar(100), PRIMARY KEY (country, n));
      INSERT INTO ${name}.many SELECT concat('c', seq % 7), seq, 'x' FROM seq_1_to_20000;
      ANALYZE TABLE ${name}.many;
    `)
    const explained: string[] = []
    const explaining = {
      getConnection: () => pool.getConnection() as never,
      query: async (sql: string, values?: unknown) => {
        if (/LIMIT 100$/.test(sql)) {
          const [rows] = await pool.query(`EXPLAIN ${sql}`, values as unknown[])
          explained.push(JSON.stringify(rows))
        }
        return await pool.query(sql, values as unknown[])
      },
    }
    const source = mysqlTable(explaining, { table: `${name}.many` })
    const reader = await source.open({ from: null, to: '["c6","100"]', total: null })
    await reader.read('["c2","50"]', 100, null)
    expect(explained[0]).toMatch(/"type":"range"/)
    expect(explained[0]).not.toMatch(/filesort/)
  })
})
