import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, inject, it } from 'vitest'
import type { Place } from '../proof/databases.ts'
import { checksumOf, killedAtRandom, poisoned } from '../proof/scenarios.ts'

const folder = mkdtempSync(join(tmpdir(), 'waybill-proof-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PLACES: readonly Place[] = [
  { kind: 'sqlite', at: join(folder, 'proof') },
  { kind: 'postgres', at: inject('postgresUrl') },
  { kind: 'mysql', at: inject('mysqlUrl') },
]

describe.each(PLACES)('the proof on $kind, at a smaller size', (place) => {
  it('workers that are killed leave every row migrated exactly once', async () => {
    const rows = 20_000
    const found = await killedAtRandom(place, { rows, kills: 2, ranges: 2, chunk: 100, paceMs: 10 })
    expect(found.histogram).toEqual(new Map([[1, rows]]))
    expect(found.evidence).toMatchObject({ units: rows, complete: true, checksum: found.expectedChecksum })
    expect(found.kills).toBe(2)
  }, 180_000)

  it('a poisoned row in the middle is named, and the rest is done', async () => {
    const rows = 5_000
    const { histogram, evidence, poison } = await poisoned(place, rows)
    expect(new Map([...histogram].sort())).toEqual(
      new Map([
        [0, 1],
        [1, rows - 1],
      ]),
    )
    expect(evidence).toMatchObject({ units: rows, failed: 1, checksum: checksumOf(rows) })
    expect(evidence?.failures.map(({ id }) => id)).toEqual([String(poison)])
  }, 120_000)
})
