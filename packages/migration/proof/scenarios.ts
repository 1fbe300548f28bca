import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isEnded, LongRunningWorker, TaskLogFilter } from '@waybill/core'
import type { Evidence, MigrationStatus, Migrations, WatchOptions } from '../src/index.ts'
import { crc32 } from '../src/range/checksum.ts'
import { chunkLimits } from '../src/range/chunk-size.ts'
import { cpuTimeMs } from './cpu-time.ts'
import { openPlace, type Place, type ProofDatabase, type ProofOptions } from './databases.ts'
import { openMigrations } from './open-migrations.ts'
import { paced } from './paced.ts'

/** What every row must look like afterwards. */
export interface Once {
  readonly histogram: ReadonlyMap<number, number>
  readonly evidence: Evidence | null
  /** The checksum that the keys of all rows have. */
  readonly expectedChecksum: string
}

/** The checksum of the keys 1 to `rows`. */
export function checksumOf(rows: number): string {
  let sum = 0n
  for (let id = 1; id <= rows; id += 1) sum += BigInt(crc32(String(id)))
  return String(sum)
}

async function fresh(
  place: Place,
  rows: number,
  options: ProofOptions,
  watch?: WatchOptions,
): Promise<[ProofDatabase, Migrations]> {
  const database = openPlace(place)
  await database.log.createContainer()
  await database.fill(rows)
  return [database, openMigrations(database, database.migration(options), watch)]
}

/** Kills workers at random; the run must end with every row migrated once. With `paceMs` no chunk takes less. */
export async function killedAtRandom(
  place: Place,
  { rows, kills, paceMs, ...options }: { rows: number; kills: number; paceMs?: number } & ProofOptions,
): Promise<Once & { readonly kills: number; readonly tookMs: number }> {
  const [database, migrations] = await fresh(place, rows, options)
  const began = performance.now()
  const { id } = await migrations.run('proof', { restart: true })
  const start = (): ChildProcess =>
    spawn(
      process.execPath,
      [join(import.meta.dirname, 'worker-process.ts'), JSON.stringify({ place, options, paceMs })],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
  let worker = start()
  let done = 0
  const status = (): Promise<MigrationStatus> => migrations.status('proof')
  // Spread over the work, so that each kill meets a range that is under way.
  for (let kill = 1; kill <= kills; kill += 1) {
    const at = (rows * (kill - 1 + Math.random())) / (kills + 1)
    for (;;) {
      const { estimate, state } = await status()
      if (estimate.done > at || state === 'completed') break
      await sleep(20)
    }
    if ((await status()).state === 'completed') break
    await sleep(Math.random() * 50)
    worker.kill('SIGKILL')
    await once(worker, 'exit')
    done += 1
    worker = start()
  }
  while (!isEnded((await database.log.find([id]))[0]?.status ?? 'enqueued')) await sleep(100)
  worker.kill('SIGTERM')
  await once(worker, 'exit')
  const { evidence } = await status()
  const histogram = await database.histogram()
  await database.close()
  return {
    histogram,
    evidence,
    expectedChecksum: checksumOf(rows),
    kills: done,
    tookMs: performance.now() - began,
  }
}

/** Works on the migration in this process until it has ended. */
async function work(
  migrations: Migrations,
  watch: (status: MigrationStatus) => void = () => {},
): Promise<void> {
  const { id } = await migrations.run('proof', { restart: true })
  const worker = new LongRunningWorker(migrations.dispatcher, { queues: ['migrations'] })
  const working = worker.run()
  const { taskLog } = migrations.dispatcher
  while (!isEnded((await taskLog.getById(id)).status)) {
    watch(await migrations.status('proof'))
    await sleep(50)
  }
  watch(await migrations.status('proof'))
  worker.abort()
  await working
}

/** How far the estimate, made as soon as 5 % was done, was from what it took, at a steady rate. */
export async function estimateAfterFivePercent(
  place: Place,
  rows: number,
  everyMs: number,
): Promise<{ readonly errorPercent: number }> {
  const options = { chunk: Math.max(10, Math.floor(rows / 200)), health: [paced(everyMs)] }
  const [database, migrations] = await fresh(place, rows, options)
  let guess: { readonly at: number; readonly leftMs: number } | null = null
  let endedAt = 0
  await work(migrations, ({ estimate, state }) => {
    if (guess === null && estimate.leftMs !== null && estimate.done >= rows * 0.05) {
      guess = { at: performance.now(), leftMs: estimate.leftMs }
    }
    if (endedAt === 0 && (state === 'completed' || estimate.done === rows)) endedAt = performance.now()
  })
  await database.close()
  const made = guess as unknown as { at: number; leftMs: number }
  const tookMs = endedAt - made.at
  return { errorPercent: (100 * Math.abs(made.leftMs - tookMs)) / tookMs }
}

/** One poisoned row in the middle. */
export async function poisoned(place: Place, rows: number): Promise<Once & { readonly poison: number }> {
  const poison = Math.floor(rows / 2)
  const [database, migrations] = await fresh(place, rows, { poison, errorBudget: 1 })
  await work(migrations)
  const { evidence } = await migrations.status('proof')
  const histogram = await database.histogram()
  await database.close()
  return { histogram, evidence, expectedChecksum: checksumOf(rows), poison }
}

/** Health turns bad for a while; how many chunks began in that time, and whether it went on. */
export async function unhealthyFor(
  place: Place,
  rows: number,
  badMs: number,
): Promise<{ readonly chunksWhileBad: number; readonly waitedMs: number; readonly once: boolean }> {
  let bad = false
  let over = false
  let chunksWhileBad = 0
  let asked = false
  const health = [
    () => {
      asked ||= bad
      return bad ? 'told so by the proof' : null
    },
  ]
  const options = { health, chunk: Math.max(10, Math.floor(rows / 100)) }
  const [database, migrations] = await fresh(place, rows, options, { healthMs: 100 })
  let chunksAtOnset = 0
  const chunks = ({ ranges }: MigrationStatus): number =>
    ranges.reduce((sum, { process }) => sum + process.chunks, 0)
  await work(migrations, (status) => {
    if (!bad && !over && status.estimate.done > rows * 0.2) {
      bad = true
      chunksAtOnset = chunks(status)
      setTimeout(() => {
        bad = false
        over = true
      }, badMs)
    } else if (bad && asked) {
      chunksWhileBad = Math.max(chunksWhileBad, chunks(status) - chunksAtOnset)
    }
  })
  const { evidence } = await migrations.status('proof')
  const histogram = await database.histogram()
  await database.close()
  return {
    chunksWhileBad,
    waitedMs: evidence?.waitedMs ?? 0,
    once: histogram.size === 1 && histogram.get(1) === rows,
  }
}

/** Times of the chunks after the first twenty, against the target. */
export async function chunkTimes(
  place: Place,
  rows: number,
  targetMs: number,
): Promise<{ readonly averageMs: number; readonly chunks: number }> {
  const [database, migrations] = await fresh(place, rows, { chunk: { target: targetMs } })
  const seen = new Map<number, number>()
  await work(migrations, ({ ranges }) => {
    for (const { process } of ranges) seen.set(process.chunks, process.activeMs)
  })
  await database.close()
  const marks = [...seen].filter(([chunk]) => chunk >= 20).sort(([left], [right]) => left - right)
  const [first, last] = [marks[0], marks.at(-2)]
  if (first === undefined || last === undefined || last[0] <= first[0])
    return { averageMs: Number.NaN, chunks: 0 }
  return { averageMs: (last[1] - first[1]) / (last[0] - first[0]), chunks: last[0] - first[0] }
}

/** What something took. */
interface Cost {
  readonly ms: number
  readonly cpuMs: number
}

/**
 * What a migration takes more than a plain loop over the same chunks, which are as large as they grow by themselves.
 * Loop and migration take turns, and each is compared with the one next to it.
 *
 * @param server its process, to add its CPU time; undefined where the database is in this process
 */
export async function overhead(
  place: Place,
  server: number | undefined,
  rows: number,
  rounds: number,
): Promise<{ readonly chunk: number; readonly percent: number; readonly cpuPercent: number }> {
  const database = openPlace(place)
  await database.log.createContainer()
  const costOf = async (work: () => Promise<number>): Promise<Cost> => {
    const before = cpuTimeMs(server)
    const ms = await work()
    return { ms, cpuMs: cpuTimeMs(server) - before }
  }
  const loop = async (chunk: number): Promise<Cost> => {
    await database.fill(rows)
    return await costOf(async () => {
      const began = performance.now()
      await database.plainLoop(chunk)
      return performance.now() - began
    })
  }
  const { targetMs, initial, max } = chunkLimits()
  const first = await loop(initial)
  const chunk = Math.round(Math.min(max, (rows / first.ms) * (targetMs ?? 0)))
  const migrations = openMigrations(database, database.migration({ chunk }))
  const worker = new LongRunningWorker(migrations.dispatcher, { queues: ['migrations'] })
  const working = worker.run()
  const ratios: Cost[] = []
  for (let round = 0; round < rounds; round += 1) {
    const plain = await loop(chunk)
    await database.fill(rows)
    const { id } = await migrations.run('proof', { restart: true })
    const ours = await costOf(async () => {
      await migrations.dispatcher.taskLog.wait(id)
      return await rangeTook(migrations, id)
    })
    ratios.push({ ms: ours.ms / plain.ms, cpuMs: ours.cpuMs / plain.cpuMs })
  }
  worker.abort()
  await working
  await database.close()
  const percentOf = (values: readonly number[]): number => 100 * (median(values) - 1)
  return {
    chunk,
    percent: percentOf(ratios.map(({ ms }) => ms)),
    cpuPercent: percentOf(ratios.map(({ cpuMs }) => cpuMs)),
  }
}

/** How long the task of the one range ran, by the log's clock: everything between its chunks counts. */
async function rangeTook({ dispatcher: { taskLog } }: Migrations, run: string): Promise<number> {
  const filter = new TaskLogFilter().eq('parentId', run).eq('taskName', 'migration.proof.range')
  const [range] = await taskLog.search(filter.limit(1))
  return (range?.finishedAt?.getTime() ?? Number.NaN) - (range?.startedAt?.getTime() ?? 0)
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}
