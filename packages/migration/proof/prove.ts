import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startMariadb, startPostgres } from '@waybill/tools/servers'
import type { Place } from './databases.ts'
import {
  chunkTimes,
  estimateAfterFivePercent,
  killedAtRandom,
  type Once,
  overhead,
  poisoned,
  unhealthyFor,
} from './scenarios.ts'

/**
 * Measures what a migration promises, on each database, with servers of its own:
 * `node packages/migration/proof/prove.ts [--rows 1000000] [--kills 10] [--only sqlite] [--scenario kills]`
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    kills: { type: 'string', default: '10' },
    only: { type: 'string' },
    scenario: { type: 'string' },
  },
})
const rows = Number(values.rows)
const kills = Number(values.kills)

const PLACES: Readonly<Record<Place['kind'], () => Promise<Place & { stop: () => Promise<void> }>>> = {
  async sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-proof-'))
    const stop = async (): Promise<void> => rmSync(folder, { recursive: true, force: true })
    return { kind: 'sqlite', at: join(folder, 'proof'), stop }
  },
  async postgres() {
    const { url, stop } = await startPostgres()
    return { kind: 'postgres', at: url, stop }
  },
  async mysql() {
    const { url, stop } = await startMariadb()
    return { kind: 'mysql', at: url, stop }
  },
}

type Scenario = (place: Place) => Promise<readonly [ok: boolean, found: string]>

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  async kills(place) {
    const {
      kills: done,
      tookMs,
      ...once
    } = await killedAtRandom(place, { rows, kills, ranges: 3, chunk: 2_000 })
    return [isOnce(once, rows) && done === kills, `${done} kills in ${seconds(tookMs)}; ${told(once)}`]
  },
  async eta(place) {
    const { errorPercent } = await estimateAfterFivePercent(place, rows, 75)
    return [errorPercent <= 10, `estimate after 5 % was ${errorPercent.toFixed(1)} % off`]
  },
  async poison(place) {
    const { poison, ...found } = await poisoned(place, rows)
    const [failure] = found.evidence?.failures ?? []
    const { histogram } = found
    const ok = histogram.get(1) === rows - 1 && histogram.get(0) === 1 && failure?.id === String(poison)
    return [ok, `named ${failure?.id}: ${failure?.message}; ${told(found)}`]
  },
  async health(place) {
    const { chunksWhileBad, waitedMs, once } = await unhealthyFor(place, rows, 5_000)
    const ok = chunksWhileBad <= 1 && once && waitedMs > 4_000
    return [
      ok,
      `bad for 5 s: ${chunksWhileBad} chunks went on, waited ${seconds(waitedMs)}, all once: ${once}`,
    ]
  },
  async chunk(place) {
    const { averageMs, chunks } = await chunkTimes(place, rows, 100)
    return [
      Math.abs(averageMs - 100) <= 20,
      `${averageMs.toFixed(1)} ms over ${chunks} chunks after the 20th; target 100 ms`,
    ]
  },
  async overhead(place) {
    const { plainMs, migrationMs, percent } = await overhead(place, rows, 5_000, 5)
    return [
      percent < 5,
      `plain loop ${seconds(plainMs)}, migration ${seconds(migrationMs)}: ${percent.toFixed(1)} %`,
    ]
  },
}

let failed = 0
for (const [kind, open] of Object.entries(PLACES)) {
  if (values.only !== undefined && values.only !== kind) continue
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (values.scenario !== undefined && values.scenario !== name) continue
    const { stop, ...place } = await open()
    try {
      const [ok, found] = await scenario(place)
      if (!ok) failed += 1
      process.stdout.write(`${ok ? 'holds ' : 'FAILS '} ${kind.padEnd(9)}${name.padEnd(10)}${found}\n`)
    } finally {
      await stop()
    }
  }
}
process.exitCode = failed === 0 ? 0 : 1

function isOnce({ histogram, evidence, expectedChecksum }: Once, expected: number): boolean {
  const all = histogram.size === 1 && histogram.get(1) === expected
  return (
    all &&
    evidence?.complete === true &&
    evidence.units === expected &&
    evidence.checksum === expectedChecksum
  )
}

function told({ histogram, evidence, expectedChecksum }: Once): string {
  const counts = [...histogram].map(([n, times]) => `${times} rows ${n} times`).join(', ')
  return `${counts}; ${evidence?.units} units; checksum ${evidence?.checksum === expectedChecksum ? 'fits' : 'DIFFERS'}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
