import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isEnded, LongRunningWorker, TaskLogFilter } from '@waybill/core'
import type { Evidence, HealthCheck, MigrationStatus, Migrations } from '../src/index.ts'
import { crc32 } from '../src/range/checksum.ts'
import { openPlace, type Place, type ProofDatabase, type ProofOptions } from './databases.ts'
import { openMigrations } from './open-migrations.ts'

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
): Promise<[ProofDatabase, Migrations]> {
  const database = openPlace(place)
  await database.log.createContainer()
  await database.fill(rows)
  return [database, openMigrations(database, database.migration(options))]
}

/** Kills workers at random; the run must end with every row migrated once. */
export async function killedAtRandom(
  place: Place,
  { rows, kills, ...options }: { rows: number; kills: number } & ProofOptions,
): Promise<Once & { readonly kills: number; readonly tookMs: number }> {
  const [database, migrations] = await fresh(place, rows, options)
  const began = performance.now()
  const { id } = await migrations.run('proof', { restart: true })
  const start = (): ChildProcess =>
    spawn(
      process.execPath,
      [join(import.meta.dirname, 'worker-process.ts'), JSON.stringify({ place, options })],
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

/** A pause before each chunk that makes every chunk take equally long, however busy the machine is. */
function paced(everyMs: number): HealthCheck {
  let due = 0
  return async () => {
    const now = performance.now()
    due = Math.max(due, now + (due === 0 ? everyMs : 0))
    await sleep(due - now)
    due += everyMs
    return null
  }
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
  const [database, migrations] = await fresh(place, rows, {
    health,
    chunk: Math.max(10, Math.floor(rows / 100)),
  })
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

/** What the migration takes longer than a plain loop with the same chunks: medians of alternating rounds. */
export async function overhead(
  place: Place,
  rows: number,
  chunk: number,
  rounds: number,
): Promise<{ readonly plainMs: number; readonly migrationMs: number; readonly percent: number }> {
  const [database, migrations] = await fresh(place, rows, { chunk })
  const plain: number[] = []
  const ours: number[] = []
  const worker = new LongRunningWorker(migrations.dispatcher, { queues: ['migrations'] })
  const working = worker.run()
  for (let round = 0; round < rounds; round += 1) {
    await database.fill(rows)
    const before = performance.now()
    await database.plainLoop(chunk)
    plain.push(performance.now() - before)
    await database.fill(rows)
    const { id } = await migrations.run('proof', { restart: true })
    await migrations.dispatcher.taskLog.wait(id)
    ours.push(await rangeTook(migrations, id))
  }
  worker.abort()
  await working
  await database.close()
  const [plainMs, migrationMs] = [median(plain), median(ours)]
  return { plainMs, migrationMs, percent: (100 * (migrationMs - plainMs)) / plainMs }
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
