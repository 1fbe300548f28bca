import type Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import {
  type AnyMigration,
  defineMigration,
  iterableSource,
  type MigrationOptions,
  type MigrationSource,
  type SqliteDatabase,
  sqlitePositions,
  sqliteTable,
} from '../src/index.ts'
import { crc32 } from '../src/range/checksum.ts'
import { migrationsOver, type Person, peopleDatabase, runToEnd } from './fixture.ts'

/** Fills in `upper`, and counts how often it did so. */
function upperCase(
  database: Database.Database,
  options: Partial<MigrationOptions<Person, SqliteDatabase>> = {},
): AnyMigration {
  const update = database.prepare("UPDATE people SET upper = coalesce(upper, '') || upper(name) WHERE id = ?")
  return defineMigration<Person, SqliteDatabase>({
    name: 'upper-case',
    source: sqliteTable(database, { table: 'people' }),
    process: ({ id }) => void update.run(id),
    ...options,
  })
}

function wrong(database: Database.Database): number {
  const sql = 'SELECT count(*) FROM people WHERE upper IS NOT upper(name)'
  return database.prepare(sql).pluck().get() as number
}

it.each([1, 4, 7])('every unit of a table is migrated once, in %i ranges', async (ranges) => {
  const database = peopleDatabase(1_003)
  const migrations = migrationsOver([upperCase(database, { ranges, chunk: 50 })])
  const run = await runToEnd(migrations, 'upper-case')
  expect(run.status).toBe('completed')
  expect(wrong(database)).toBe(0)
  const { evidence, state } = await migrations.status('upper-case')
  expect(state).toBe('completed')
  let checksum = 0
  for (let id = 1; id <= 1_003; id += 1) checksum += crc32(String(id))
  expect(evidence).toMatchObject({
    units: 1_003,
    failed: 0,
    ranges,
    by: 'ada',
    run: run.id,
    checksum: String(checksum),
    complete: true,
  })
})

it('a whole chunk can be migrated at once', async () => {
  const database = peopleDatabase(500)
  const sizes: number[] = []
  const migration = defineMigration<Person, SqliteDatabase>({
    name: 'upper-case',
    source: sqliteTable(database, { table: 'people' }),
    chunk: 120,
    processBatch: (people, { transaction }) => {
      sizes.push(people.length)
      const update = transaction.prepare('UPDATE people SET upper = upper(name) WHERE id BETWEEN ? AND ?')
      update.run(people[0]?.id, people.at(-1)?.id)
    },
  })
  await runToEnd(migrationsOver([migration]), 'upper-case')
  expect(sizes).toEqual([120, 120, 120, 120, 20])
  expect(wrong(database)).toBe(0)
})

it.each(['process', 'processBatch'])(
  'what %s does with its units does not move the position',
  async (how) => {
    const database = peopleDatabase(500)
    const seen: number[] = []
    const spoil = (person: Person): void => {
      seen.push(person.id)
      ;(person as { id: unknown }).id = 'gone'
    }
    const migration = defineMigration<Person, SqliteDatabase>({
      name: 'spoils',
      source: sqliteTable(database, { table: 'people' }),
      chunk: 120,
      ...(how === 'process'
        ? { process: spoil }
        : { processBatch: (people) => (people as Person[]).reverse().forEach(spoil) }),
    })
    const migrations = migrationsOver([migration])
    expect((await runToEnd(migrations, 'spoils')).status).toBe('completed')
    expect(seen.toSorted((left, right) => left - right)).toEqual(
      Array.from({ length: 500 }, (_, at) => at + 1),
    )
    const sum = seen.reduce((total, id) => total + crc32(String(id)), 0)
    expect((await migrations.status('spoils')).evidence).toMatchObject({ checksum: String(sum) })
  },
)

it('a run that has not begun yet stands where it was planned, not where the one before ended', async () => {
  const migrations = migrationsOver([upperCase(peopleDatabase(500))])
  await runToEnd(migrations, 'upper-case')
  await migrations.run('upper-case', { restart: true })
  expect(await migrations.status('upper-case')).toMatchObject({
    state: 'queued',
    evidence: null,
    estimate: { done: 0, total: 500 },
  })
})

it('nothing to migrate is done at once, and says so', async () => {
  const migrations = migrationsOver([upperCase(peopleDatabase(0))])
  expect((await runToEnd(migrations, 'upper-case')).status).toBe('completed')
  expect(await migrations.ensure('upper-case')).toMatchObject({ done: true })
})

it('the first unit that fails stops it, is named, and a later run goes on with it', async () => {
  const database = peopleDatabase(300)
  let broken = true
  const update = database.prepare('UPDATE people SET upper = upper(name) WHERE id = ?')
  const migration = upperCase(database, {
    chunk: 64,
    process: ({ id }) => {
      if (broken && id === 150) throw new TypeError('no name')
      update.run(id)
    },
  })
  const migrations = migrationsOver([migration])
  const run = await runToEnd(migrations, 'upper-case')
  expect(run).toMatchObject({ status: 'failed', reason: 'child_failed' })
  expect(wrong(database)).toBe(151)
  expect(await migrations.ensure('upper-case')).toMatchObject({ done: false })
  const [range] = await migrations.dispatcher.taskLog.search()
  expect(range?.report?.message).toMatch(/Stopped at unit 150/)
  expect(range?.report?.children.map(({ message }) => message)).toEqual(['150: TypeError: no name'])

  broken = false
  expect((await migrations.plan('upper-case')).resumes).toBe(true)
  expect((await runToEnd(migrations, 'upper-case')).status).toBe('completed')
  expect(wrong(database)).toBe(0)
  expect((await migrations.status('upper-case')).evidence).toMatchObject({ units: 300, complete: true })
})

it.each(['process', 'processBatch'] as const)(
  'a poisoned unit is found, named and left out within the error budget, and the rest is done: %s',
  async (way) => {
    const database = peopleDatabase(1_000)
    let calls = 0
    const one = ({ id }: Person): void => {
      calls += 1
      if (id === 417 || id === 418 || id === 900) throw new RangeError(`poison ${id}`)
      database.prepare("UPDATE people SET upper = coalesce(upper, '') || upper(name) WHERE id = ?").run(id)
    }
    const migration = defineMigration<Person, SqliteDatabase>({
      name: 'upper-case',
      source: sqliteTable(database, { table: 'people' }),
      chunk: 256,
      errorBudget: 3,
      ...(way === 'process' ? { process: one } : { processBatch: (people) => people.forEach(one) }),
    })
    const migrations = migrationsOver([migration])
    expect((await runToEnd(migrations, 'upper-case')).status).toBe('completed')
    const { evidence } = await migrations.status('upper-case')
    expect(evidence).toMatchObject({ units: 1_000, failed: 3, complete: false })
    expect(evidence?.failures).toEqual(
      [417, 418, 900].map((id) => ({ id: String(id), message: `RangeError: poison ${id}` })),
    )
    expect(wrong(database)).toBe(3)
    expect(calls).toBeLessThan(4_000)
    expect((await migrations.ensure('upper-case')).reason).toMatch(/3 units failed/)
  },
)

it('the error budget is that of all ranges together', async () => {
  const database = peopleDatabase(1_000)
  const migration = upperCase(database, {
    ranges: 4,
    chunk: 10,
    errorBudget: 3,
    process: ({ id }) => {
      if (id % 20 === 0) throw new Error('poison')
    },
  })
  const migrations = migrationsOver([migration])
  expect((await runToEnd(migrations, 'upper-case')).status).toBe('failed')
  const { failed, ranges } = await migrations.status('upper-case')
  expect(failed).toBeLessThanOrEqual(3)
  expect(ranges.some(({ process }) => !process.ended)).toBe(true)
})

it('a second pass finds what is wrong, and fails the migration', async () => {
  const database = peopleDatabase(500)
  const migration = upperCase(database, {
    chunk: 100,
    ranges: 2,
    process: ({ id }) => {
      if (id !== 77) database.prepare('UPDATE people SET upper = upper(name) WHERE id = ?').run(id)
    },
    verify: ({ name, upper }) => upper === name.toUpperCase(),
  })
  const migrations = migrationsOver([migration])
  expect((await runToEnd(migrations, 'upper-case')).status).toBe('failed')
  const { evidence } = await migrations.status('upper-case')
  expect(evidence).toMatchObject({ units: 500, complete: false })
  expect(evidence?.verified).toMatchObject({
    units: 500,
    wrong: 1,
    wrongUnits: [{ id: '77', message: 'found wrong' }],
  })
  expect(evidence?.verified?.checksum).toBe(evidence?.checksum)

  database.prepare('UPDATE people SET upper = upper(name) WHERE id = 77').run()
  expect((await runToEnd(migrations, 'upper-case')).status).toBe('completed')
  expect(await migrations.ensure('upper-case')).toMatchObject({ done: true })
})

it('a verifier of a whole chunk names the values that are wrong; one of the whole has the last word', async () => {
  const database = peopleDatabase(100)
  const migration = upperCase(database, {
    chunk: 30,
    verifyBatch: (people) => people.filter(({ id }) => id === 5 || id === 95),
    verifyAll: () => {
      throw new Error('two are missing')
    },
  })
  const migrations = migrationsOver([migration])
  await runToEnd(migrations, 'upper-case')
  const { evidence } = await migrations.status('upper-case')
  expect(evidence?.verified?.wrongUnits.map(({ id }) => id)).toEqual(['5', '95'])
  const [report] = await migrations.dispatcher.taskLog.search()
  expect(JSON.stringify(report?.report)).toMatch(/two are missing/)
})

it('what is done is not done again, unless it is restarted', async () => {
  const database = peopleDatabase(50)
  const migrations = migrationsOver([upperCase(database)])
  await runToEnd(migrations, 'upper-case')
  await expect(migrations.run('upper-case')).rejects.toThrow(/has been done/)
  await runToEnd(migrations, 'upper-case', { restart: true })
  expect(database.prepare('SELECT upper FROM people WHERE id = 1').pluck().get()).toBe('PERSON 1PERSON 1')
})

it('a dry run keeps nothing, and reports what came of it', async () => {
  const database = peopleDatabase(200)
  const migration = upperCase(database, {
    chunk: 30,
    ranges: 3,
    errorBudget: 1,
    process: ({ id }, { transaction, dryRun }) => {
      expect(dryRun).toBe(true)
      if (id === 150) throw new Error('poison')
      transaction.prepare('UPDATE people SET upper = upper(name) WHERE id = ?').run(id)
    },
  })
  const migrations = migrationsOver([migration])
  const { id } = await migrations.dryRun('upper-case')
  const { LongRunningWorker } = await import('@waybill/core')
  await new LongRunningWorker(migrations.dispatcher, { drain: true }).run()
  const { report, status } = await migrations.dispatcher.taskLog.getById(id)
  expect(status).toBe('completed')
  expect(report?.data).toMatchObject({ done: 200, failed: 1 })
  expect(report?.children.map(({ message }) => message)).toEqual(['150: Error: poison'])
  expect(wrong(database)).toBe(200)
  expect(await migrations.ensure('upper-case')).toMatchObject({
    done: false,
    reason: expect.stringMatching(/never ran/),
  })
})

it.each(['an asynchronous source', 'a table of another database'])(
  'positions next to where it writes make %s migrate exactly once',
  async (kind) => {
    const target = peopleDatabase(0)
    const read = peopleDatabase(300)
    let poison = true
    const insert = target.prepare('INSERT INTO people (name) VALUES (?)')
    const migration = defineMigration<{ readonly name: string }, SqliteDatabase>({
      name: 'copy',
      source: (kind === 'a table of another database'
        ? sqliteTable(read, { table: 'people' })
        : iterableSource(async function* () {
            for (let id = 1; id <= 300; id += 1) yield { name: `person ${id}` }
          })) as MigrationSource<{ readonly name: string }, SqliteDatabase>,
      positions: sqlitePositions(target),
      chunk: 40,
      process: ({ name }, { transaction }) => {
        expect(transaction).toBe(target)
        if (poison && name === 'person 200') throw new Error('poison')
        insert.run(name)
      },
    })
    const migrations = migrationsOver([migration])
    expect((await runToEnd(migrations, 'copy')).status).toBe('failed')
    expect(target.prepare('SELECT count(*) FROM people').pluck().get()).toBe(199)
    poison = false
    expect((await runToEnd(migrations, 'copy')).status).toBe('completed')
    expect(target.prepare('SELECT count(*), count(DISTINCT name) FROM people').raw().get()).toEqual([
      300, 300,
    ])
  },
)

it('an asynchronous function is refused in a synchronous transaction', async () => {
  const database = peopleDatabase(10)
  expect(() => upperCase(database, { process: async () => {} })).toThrow(/must not be async/)
  const hidden = upperCase(database, { process: () => Promise.resolve() })
  const migrations = migrationsOver([hidden])
  expect((await runToEnd(migrations, 'upper-case')).status).toBe('failed')
  const outside = upperCase(database, { process: async ({ id }) => void id, transactional: false })
  expect((await runToEnd(migrationsOver([outside]), 'upper-case')).status).toBe('completed')
})
