import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PassState } from '../src/index.ts'
import { mysqlUnits, postgresUnits, sqliteUnits, type Units } from './databases.ts'
import { begin, FAULT_KINDS, Faults, live } from './lives.ts'

const folder = mkdtempSync(join(tmpdir(), 'waybill-migration-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const DATABASES = [
  {
    name: 'SQLite',
    create: () => sqliteUnits(join(folder, 'units.sqlite')),
    disconnect: () => Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' }),
  },
  {
    name: 'PostgreSQL',
    create: postgresUnits,
    disconnect: () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  },
  {
    name: 'MariaDB',
    create: mysqlUnits,
    disconnect: () => Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST' }),
  },
]
const ROWS = 24

describe.each(DATABASES)('$name', ({ create, disconnect }) => {
  let units: Units
  beforeAll(async () => {
    units = await create()
  })
  afterAll(() => units.close())

  it.each(FAULT_KINDS)('%s at any statement, every unit is migrated exactly once', async (kind) => {
    let at = 0
    let fired = true
    let recovered = 0
    while (fired) {
      at += 1
      await units.fill(ROWS)
      const quiet = new Faults(0, null, disconnect)
      const first = await units.open(quiet)
      const run = `run ${at} ${kind}`
      await begin(first.migration, run)
      await first.close()
      const faults = new Faults(at, kind, disconnect)
      let attempt = 1
      let state: PassState | null = null
      for (; state === null; attempt += 1) {
        const life = await units.open(attempt === 1 ? faults : quiet)
        try {
          state = await live(life.migration, run, attempt)
        } catch (error) {
          expect(faults.fired, String(error)).toBe(true)
        }
        await life.close()
      }
      expect(await units.histogram(), `${kind} statement ${at}`).toEqual(new Map([[1, ROWS]]))
      expect(state, `${kind} statement ${at}`).toMatchObject({ done: ROWS, failed: 0, ended: true })
      fired = faults.fired
      if (fired && attempt === 2) recovered += 1
    }
    expect(at).toBeGreaterThan(15)
    // A lost connection is recovered from in place, but for those that come before the range is taken.
    if (kind.startsWith('disconnected')) expect(recovered).toBeGreaterThan(10)
  })

  it('of two tasks that hold one range, the one that took it first commits nothing more', async () => {
    await units.fill(ROWS)
    const quiet = new Faults(0, null, disconnect)
    const { migration, close } = await units.open(quiet)
    await begin(migration, 'run')
    const take = {
      migration: 'm',
      run: 'run',
      range: 0,
      pass: 'process',
      initial: null,
      context: null,
    } as never
    const zombie = await migration.positions?.take(take)
    const holder = await migration.positions?.take(take)
    const forward = { ...zombie?.state, done: 10, position: '10' } as never
    await expect(zombie?.commit(() => forward)).rejects.toThrow(/Another task has taken range 0/)
    await holder?.commit(() => forward)
    await migration.positions?.begin('m', 'another run', await migration.positions.load('m'))
    await expect(holder?.commit(() => forward)).rejects.toThrow(/Another task/)
    await expect(migration.positions?.take(take)).rejects.toThrow(/Another task/)
    expect((await migration.positions?.load('m'))?.[0]?.process).toMatchObject({ done: 10, position: '10' })
    await close()
  })
})
