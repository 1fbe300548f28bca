import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startMariadb, startPostgres } from '@waybill/tools/servers'
import Database from 'better-sqlite3'
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

interface OpenPlace extends Place {
  /** What it says it is. */
  readonly version: string
  /** The server's process. */
  readonly pid?: number | undefined
  readonly stop: () => Promise<void>
}

const PLACES: Readonly<Record<Place['kind'], () => Promise<OpenPlace>>> = {
  async sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-proof-'))
    const stop = async (): Promise<void> => rmSync(folder, { recursive: true, force: true })
    return { kind: 'sqlite', at: join(folder, 'proof'), version: sqliteVersion(), stop }
  },
  async postgres() {
    const { url, version, pid, stop } = await startPostgres()
    return { kind: 'postgres', at: url, version, pid, stop }
  },
  async mysql() {
    const { url, version, pid, stop } = await startMariadb()
    return { kind: 'mysql', at: url, version, pid, stop }
  },
}

interface Scenario {
  /** What must hold. */
  readonly promise: string
  /** Tries it; answers whether it holds and what was found. */
  readonly prove: (place: OpenPlace) => Promise<readonly [ok: boolean, found: string]>
}

const BAD_MS = 5_000
const TARGET_MS = 100
/** Between two of 200 chunks: longer than one takes on a busy machine. */
const PACE_MS = 300
const ROUNDS = 5

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  kills: {
    promise: `killed ${kills} times at random, every row is migrated exactly once, by count and checksum`,
    async prove(place) {
      const options = { rows, kills, ranges: 3, chunk: 2_000 }
      const { kills: done, tookMs, ...once } = await killedAtRandom(place, options)
      return [isOnce(once, rows) && done === kills, `${done} kills, ${told(once)}, in ${seconds(tookMs)}`]
    },
  },
  eta: {
    promise: 'the time left, told after 5 % of the work at a steady rate, is at most 10 % off',
    async prove(place) {
      const { errorPercent } = await estimateAfterFivePercent(place, rows, PACE_MS)
      return [errorPercent <= 10, `${errorPercent.toFixed(1)} % off`]
    },
  },
  poison: {
    promise: 'a poisoned row in the middle is named, all others are migrated',
    async prove(place) {
      const { poison, ...found } = await poisoned(place, rows)
      const { histogram, evidence } = found
      const named = evidence?.failures.map(({ id }) => id).join()
      const ok = histogram.get(1) === rows - 1 && histogram.get(0) === 1 && named === String(poison)
      return [ok, `named ${named}; ${told(found)}`]
    },
  },
  health: {
    promise: `a health check bad for ${seconds(BAD_MS)} halts it within one chunk; then it goes on by itself`,
    async prove(place) {
      const { chunksWhileBad, waitedMs, once } = await unhealthyFor(place, rows, BAD_MS)
      const ok = chunksWhileBad <= 1 && once && waitedMs > 0
      return [
        ok,
        `${chunksWhileBad} chunks ended after, waited ${seconds(waitedMs)}, ${once ? 'all migrated' : 'NOT ALL MIGRATED'}`,
      ]
    },
  },
  chunk: {
    promise: `after 20 chunks a chunk takes its target of ${TARGET_MS} ms, at most 20 % off`,
    async prove(place) {
      const { averageMs, chunks } = await chunkTimes(place, rows, TARGET_MS)
      return [
        Math.abs(averageMs - TARGET_MS) <= 0.2 * TARGET_MS,
        `${averageMs.toFixed(0)} ms on average of ${chunks}`,
      ]
    },
  },
  overhead: {
    promise: 'it takes less than 5 % longer than a plain loop over the same chunks',
    async prove(place) {
      const { chunk, percent, cpuPercent } = await overhead(place, place.pid, rows, ROUNDS)
      return [
        percent < 5,
        `${percent.toFixed(1)} % longer, ${cpuPercent.toFixed(1)} % more CPU time, chunks of ${count(chunk)} rows`,
      ]
    },
  },
}

const found = new Map<string, string[]>()
const versions: string[] = []
let failed = 0
for (const [kind, open] of Object.entries(PLACES)) {
  if (values.only !== undefined && values.only !== kind) continue
  const place = await open()
  const { version } = place
  versions.push(version)
  try {
    for (const [name, { promise, prove }] of Object.entries(SCENARIOS)) {
      if (values.scenario !== undefined && values.scenario !== name) continue
      const [ok, text] = await prove(place)
      if (!ok) failed += 1
      const cell = ok ? text : `**FAILS**: ${text}`
      process.stderr.write(`${version}: ${name}: ${cell}\n`)
      found.set(promise, [...(found.get(promise) ?? []), cell])
    }
  } finally {
    await place.stop()
  }
}
process.stdout.write(`${table()}\n`)
process.exitCode = failed === 0 ? 0 : 1

/** Markdown, as it stands in docs/migrations.md. */
function table(): string {
  const [cpu] = cpus()
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`
  const lines = [
    `${count(rows)} rows, ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${machine}:`,
    '',
    `| | ${versions.join(' | ')} |`,
    `|---|${versions.map(() => '---|').join('')}`,
    ...[...found].map(([promise, cells]) => `| ${promise} | ${cells.join(' | ')} |`),
  ]
  return lines.join('\n')
}

function sqliteVersion(): string {
  const database = new Database(':memory:')
  const { version } = database.prepare('SELECT sqlite_version() AS version').get() as { version: string }
  database.close()
  return `SQLite ${version}`
}

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
  const counts = [...histogram].map(([n, times]) => `${count(times)} rows ${n}×`).join(', ')
  return `${counts}, checksum ${evidence?.checksum === expectedChecksum ? 'fits' : 'DIFFERS'}`
}

function count(value: number): string {
  return value.toLocaleString('en')
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
