import { expect, it } from 'vitest'
import {
  type AnyMigration,
  defineMigration,
  type HealthCheck,
  iterableSource,
  type Migrations,
  workOn,
} from '../src/index.ts'
import { migrationsOver, startWorker, until } from './fixture.ts'

/** A migration of numbers that waits for a gate before each of them. */
function gated(
  units: number,
  health: readonly HealthCheck[] = [],
): {
  readonly migration: AnyMigration
  readonly done: number[]
  /** Lets so many more through. */
  readonly admit: (more: number) => void
  /** Resolves when the task was asked to stop. */
  readonly stopped: () => Promise<void>
} {
  const done: number[] = []
  let signal: AbortSignal | null = null
  let admitted = 0
  let wake = (): void => {}
  const migration = defineMigration<number, null>({
    name: 'numbers',
    source: iterableSource(() => Array.from({ length: units }, (_, index) => index), { total: units }),
    chunk: 10,
    health,
    async process(value, context) {
      signal = context.signal
      while (done.length >= admitted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      done.push(value)
    },
  })
  return {
    migration,
    done,
    admit: (more) => {
      admitted += more
      wake()
    },
    stopped: () => until(() => signal?.aborted === true, 'the task to be asked to stop'),
  }
}

async function stateOf(migrations: Migrations): Promise<string> {
  return (await migrations.status('numbers')).state
}

it('a pause is honoured between units, in two phases, and a resume goes on with the next unit', async () => {
  const { migration, done, admit } = gated(500)
  const migrations = migrationsOver([migration])
  await expect(migrations.pause('numbers')).rejects.toThrow(/not running/)
  const { id } = await migrations.run('numbers')
  expect(await stateOf(migrations)).toBe('queued')
  const { worker, working } = startWorker(migrations)
  admit(12)
  await until(() => done.length === 12, 'twelve units')
  expect(await stateOf(migrations)).toBe('running')
  await migrations.pause('numbers', { by: 'grace' })
  await migrations.pause('numbers')
  expect(await stateOf(migrations)).toBe('pausing')
  await until(async () => {
    admit(1)
    return (await stateOf(migrations)) === 'paused'
  }, 'the pause')
  admit(100)
  const { waitsFor, estimate } = await migrations.status('numbers')
  expect(waitsFor).toEqual(['Paused by grace'])
  expect(estimate).toMatchObject({ done: done.length, total: 500 })
  expect(done.length).toBeLessThan(100)
  await migrations.resume('numbers')
  admit(500)
  await migrations.dispatcher.taskLog.wait(id, { timeout: '10s' })
  expect(done).toEqual(Array.from({ length: 500 }, (_, index) => index))
  expect(await stateOf(migrations)).toBe('completed')
  worker.abort()
  await working
})

it('what is paused before it starts does not start', async () => {
  const { migration, done, admit } = gated(5)
  const migrations = migrationsOver([migration])
  await migrations.run('numbers')
  await migrations.pause('numbers')
  expect(await stateOf(migrations)).toBe('paused')
  const { worker, working } = startWorker(migrations)
  admit(5)
  await until(async () => (await migrations.status('numbers')).waitsFor.length === 1, 'the range to wait')
  expect(done).toEqual([])
  await migrations.resume('numbers')
  await until(async () => (await stateOf(migrations)) === 'completed', 'the end')
  worker.abort()
  await working
})

it('a cancel is honoured between units, keeps what was done, and a later run goes on there', async () => {
  const { migration, done, admit, stopped } = gated(30)
  const migrations = migrationsOver([migration])
  const { id } = await migrations.run('numbers')
  const { worker, working } = startWorker(migrations)
  admit(13)
  await until(() => done.length === 13, 'thirteen units')
  expect(await migrations.cancel('numbers')).toBe('requested')
  expect(await stateOf(migrations)).toBe('cancelling')
  await stopped()
  admit(1)
  await migrations.dispatcher.taskLog.wait(id, { timeout: '10s' })
  expect(await migrations.status('numbers')).toMatchObject({ state: 'cancelled', estimate: { done: 14 } })
  expect(await migrations.ensure('numbers')).toMatchObject({ done: false })
  admit(100)
  const again = await migrations.run('numbers')
  await migrations.dispatcher.taskLog.wait(again.id, { timeout: '10s' })
  expect(done).toEqual(Array.from({ length: 30 }, (_, index) => index))
  worker.abort()
  await working
})

it('a paused run can be cancelled, and takes its pause with it', async () => {
  const { migration } = gated(30)
  const migrations = migrationsOver([migration])
  const { id } = await migrations.run('numbers')
  await migrations.pause('numbers')
  const { worker, working } = startWorker(migrations)
  await until(async () => (await migrations.status('numbers')).waitsFor.length === 1, 'the range to wait')
  await migrations.cancel('numbers')
  await migrations.dispatcher.taskLog.wait(id, { timeout: '10s' })
  expect(await stateOf(migrations)).toBe('cancelled')
  worker.abort()
  await working
})

it('a health check that turns bad halts it within one chunk, says so, and it goes on by itself', async () => {
  let bad: string | null = null
  const { migration, done, admit } = gated(60, [() => null, () => bad])
  const migrations = migrationsOver([migration])
  const { id } = await migrations.run('numbers')
  const { worker, working } = startWorker(migrations)
  admit(25)
  await until(() => done.length === 25, 'units of the third chunk')
  bad = 'the replica is 12 s behind'
  admit(100)
  await until(async () => (await migrations.status('numbers')).waitsFor.length === 1, 'it to wait')
  expect(done).toHaveLength(30)
  expect((await migrations.status('numbers')).waitsFor).toEqual(['Waiting: the replica is 12 s behind'])
  bad = null
  await migrations.dispatcher.taskLog.wait(id, { timeout: '10s' })
  const { evidence } = await migrations.status('numbers')
  expect(evidence).toMatchObject({ units: 60, complete: true })
  expect(evidence?.waitedMs).toBeGreaterThan(0)
  worker.abort()
  await working
})

it('a health check that throws counts as bad', async () => {
  let tries = 0
  const { migration, admit } = gated(5, [
    () => {
      tries += 1
      if (tries < 4) throw new Error('no connection')
      return null
    },
  ])
  const migrations = migrationsOver([migration])
  admit(5)
  await migrations.run('numbers')
  const { worker, working } = startWorker(migrations)
  await until(async () => (await stateOf(migrations)) === 'completed', 'the end')
  expect(tries).toBeGreaterThanOrEqual(4)
  worker.abort()
  await working
})

it('a run that is open is not begun again', async () => {
  const { migration } = gated(5)
  const migrations = migrationsOver([migration])
  const [first, second] = await Promise.allSettled([migrations.run('numbers'), migrations.run('numbers')])
  expect(first.status).toBe('fulfilled')
  if (first.status === 'fulfilled' && second.status === 'fulfilled')
    expect(second.value.id).toBe(first.value.id)
  await expect(migrations.run('numbers')).rejects.toThrow(/is running already/)
})

it('a run can be worked on in this process, and stopping that leaves it in the log to go on with', async () => {
  const { migration, done, admit, stopped } = gated(40)
  const migrations = migrationsOver([migration])
  const { id } = await migrations.run('numbers')
  const controller = new AbortController()
  const seen: number[] = []
  const working = workOn(migrations, 'numbers', id, {
    signal: controller.signal,
    everyMs: 5,
    onStatus: ({ estimate }) => seen.push(estimate.done),
  })
  admit(15)
  await until(() => done.length === 15, 'fifteen units')
  controller.abort()
  await stopped()
  admit(1)
  expect((await working).status).not.toBe('completed')
  admit(100)
  const { status } = await workOn(migrations, 'numbers', id, { everyMs: 5 })
  expect(status).toBe('completed')
  expect(done).toEqual(Array.from({ length: 40 }, (_, index) => index))
  expect(seen.at(-1)).toBeLessThanOrEqual(16)
})

it('an unknown migration is one clear error', async () => {
  const { migration } = gated(1)
  const migrations = migrationsOver([migration])
  await expect(migrations.run('letters')).rejects.toThrow(/no migration "letters".*There are: numbers/)
  expect(() => migrationsOver([migration, migration])).toThrow(/two named "numbers"/)
})
