import { EventEmitter } from 'node:events'
import { symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { type CallOptions, type CallOutcome, call } from './in-process.ts'
import { createProject, type Project } from './project.ts'
import { type Printed, sparing } from './sparing.ts'

const packages = join(import.meta.dirname, '../..')
const require = createRequire(join(packages, 'migration/package.json'))

const MIGRATIONS = `
import Database from 'better-sqlite3'
import { defineMigration, sqliteTable } from '@waybill/migration'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const file = join(import.meta.dirname, 'data.db')
const isNew = !existsSync(file)
export const database = new Database(file)
if (isNew) {
  database.exec('CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, upper TEXT)')
  const insert = database.prepare('INSERT INTO people (name) VALUES (?)')
  database.transaction(() => {
    for (let id = 1; id <= 500; id += 1) insert.run('person ' + id)
  })()
}

export const upperCase = defineMigration({
  name: 'upper-case',
  description: 'Fills in the upper-case name',
  version: '1.2.3',
  source: sqliteTable(database, { table: 'people' }),
  chunk: 50,
  process: ({ id, name }) => {
    if (globalThis.poison === id) throw new Error('poison')
    database.prepare('UPDATE people SET upper = ? WHERE id = ?').run(name.toUpperCase(), id)
  },
  verify: ({ name, upper }) => upper === name.toUpperCase(),
})
`

const TASKS = `
import { defineTask } from '@waybill/core'
import { AbstractMigrationTask, DefaultResultFilterFactory } from '@waybill/migration'

export class ItemToMediaRelation extends AbstractMigrationTask {
  static override readonly taskName = 'ItemToMediaRelation'
  protected override getResultSearcher() {
    return { *search({ start, end }) { for (let at = start; at < end; at += 1) yield { id: 'item-' + at, value: at } } }
  }
  protected override getUnitProcessor() {
    return { process({ id, value }) { if (String(value) === this.poison) throw new Error(id + ' has no media') }, poison: this.parameters['poison'] }
  }
  protected override getResultFilterFactory() { return new DefaultResultFilterFactory(() => 2_500) }
}
export const hello = defineTask({ name: 'hello', run() {} })
`

let project: Project

beforeEach(async () => {
  project = createProject({
    'waybill.config.ts': `export default { url: 'sqlite:waybill.db', tasks: './tasks.ts', migrations: './migrations.ts', owner: 'ada' }`,
    'tasks.ts': TASKS,
    'migrations.ts': MIGRATIONS,
  })
  const modules = join(project.folder, 'node_modules')
  symlinkSync(join(packages, 'migration'), join(modules, '@waybill/migration'))
  symlinkSync(dirname(require.resolve('better-sqlite3/package.json')), join(modules, 'better-sqlite3'))
  const log = createSqliteTaskLog({ file: join(project.folder, 'waybill.db') })
  await log.createContainer()
  await log.close()
})

function waybill(line: string, options: Partial<CallOptions> = {}): Promise<CallOutcome> {
  return call(line.split(' '), { folder: project.folder, ...options })
}

/** As a process of its own, where it is the first time. */
function started(line: string): Promise<Printed> {
  return sparing(project)(line.split(' '))
}

describe('waybill migrations', () => {
  it('plans, runs with progress, ensures, and shows the evidence', async () => {
    expect(await started('migrations ensure upper-case')).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/never ran/),
    })
    const plan = await started('migrations plan upper-case --ranges 2')
    expect(plan.stderr).toMatch(/500 units in 2 ranges; begins anew; how long it takes is not known/)
    expect(plan.stdout.trim().split('\n')).toHaveLength(3)

    const run = await started('migrations run upper-case --ranges 2')
    expect(run.stdout).toMatch(/500 of 500 units migrated, 500 verified; checksum of their keys \d+/)
    expect(run.exitCode).toBe(0)
    expect(await started('migrations ensure upper-case')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/is done: 500 units/),
    })
    const again = await started('migrations run upper-case')
    expect(again).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/is done.*say --restart/) })

    const status = await started('migrations status upper-case --json')
    expect(JSON.parse(status.stdout)).toMatchObject({
      state: 'completed',
      by: 'ada',
      evidence: {
        version: '1.2.3',
        units: 500,
        complete: true,
        ranges: 2,
        verified: { units: 500, wrong: 0 },
      },
    })
    const shown = await started('migrations status upper-case')
    expect(shown.stdout).toMatch(/completed upper-case[\s\S]*evidence +complete[\s\S]*RANGE/)
    const list = await started('migrations list')
    expect(list.stdout).toMatch(/upper-case\tcompleted\t500 of 500 \(100 %\)/)
    const replan = await started('migrations plan upper-case --restart')
    expect(replan.stderr).toMatch(/takes about \d+ s/)
  })

  it('a dry run keeps nothing, and says so', async () => {
    const run = await waybill('migrations run upper-case --dry-run')
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/500 units migrated and rolled back; nothing was kept/),
    })
    expect((await waybill('migrations ensure upper-case')).exitCode).toBe(3)
    expect((await waybill('migrations plan upper-case')).stderr).toMatch(/takes about \d+ s/)
  })

  it('a failure is named, exits with 1, and the next run goes on there', async () => {
    ;(globalThis as { poison?: number }).poison = 123
    const run = await waybill('migrations run upper-case')
    expect(run).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/Stopped at unit 123: it failed/),
    })
    delete (globalThis as { poison?: number }).poison
    const plan = await waybill('migrations plan upper-case')
    expect(plan.stderr).toMatch(/500 units in 1 range; goes on after 122 of them/)
    expect((await waybill('migrations run upper-case')).exitCode).toBe(0)
  })

  it('a run that is left to workers is paused, resumed and cancelled', async () => {
    const detached = await started('migrations run upper-case --detach --json')
    const { run } = JSON.parse(detached.stdout) as { run: string }
    expect(await started('migrations pause upper-case')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/upper-case: paused/),
    })
    expect((await started(`tasks why ${run}`)).exitCode).toBe(0)
    expect(await started('migrations resume upper-case')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/: queued/),
    })
    expect(await started('migrations cancel upper-case')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/: cancelled/),
    })
    expect(await started('migrations cancel upper-case')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/is not running/),
    })
    await started('migrations run upper-case --detach')
    expect((await started('worker --drain')).exitCode).toBe(0)
    expect((await started('migrations ensure upper-case')).exitCode).toBe(0)
  })

  it('an interrupt leaves the run to be gone on with', async () => {
    const detached = await waybill('migrations run upper-case --detach')
    expect(detached.exitCode).toBe(0)
    const signals = new EventEmitter()
    await waybill('migrations pause upper-case')
    const running = waybill('migrations run upper-case', { signals })
    const waits = async (): Promise<boolean> =>
      (await waybill('migrations status upper-case')).stdout.includes('Paused by')
    while (!(await waits())) await new Promise((resolve) => setTimeout(resolve, 50))
    signals.emit('SIGINT')
    expect(await running).toMatchObject({
      exitCode: 130,
      stderr: expect.stringMatching(/is left to workers/),
    })
    await waybill('migrations resume upper-case')
    expect((await waybill('migrations run upper-case')).exitCode).toBe(0)
  })

  it('an unknown migration is one clear line', async () => {
    const outcome = await waybill('migrations status lower-case')
    expect(outcome).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/no migration "lower-case".*upper-case/),
    })
  })
})

describe('waybill migrate', () => {
  const parameters = ['-c', '1000', '-cp', 'start=0&anotherOption=']

  it("takes the original's flags, and ends with time, peak memory and the task's report", async () => {
    const outcome = await project.waybill(['migrate', ...parameters, '-t', 'ItemToMediaRelation', '-rp'])
    expect(outcome.stdout).toMatch(
      /^Operation took [\d.]+ (ms|s) and \d+ MB\n.*Migration task\n.*Respawning additional task/,
    )
    expect(outcome.exitCode).toBe(0)
    const { stdout } = await waybill('tasks list --json')
    expect(JSON.parse(stdout).tasks).toHaveLength(3)
  })

  it('without -rp it does one chunk', async () => {
    const outcome = await project.waybill(['migrate', ...parameters, '-t', 'ItemToMediaRelation', '--json'])
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      task: { status: 'completed' },
      tookMs: expect.any(Number),
      peakMemory: expect.any(Number),
    })
  })

  it('a task that failed exits with 1 and shows why', async () => {
    const poisoned = ['-cp', 'start=0\\&poison=1500', '-t', 'ItemToMediaRelation', '-rp']
    const outcome = await project.waybill(['migrate', '-c', '1000', ...poisoned])
    expect(outcome).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/item-1500 has no media/) })
  })

  it.each([
    ['an unknown target', ['-t', 'Nothing'], 4, /no task "Nothing".*ItemToMediaRelation/],
    ['a target that is no migration task', ['-t', 'hello'], 2, /hello does not extend AbstractMigrationTask/],
    ['no target', [], 2, /--target/],
    [
      'a missing start',
      ['-t', 'ItemToMediaRelation', '-cp', 'other=1'],
      2,
      /start: this parameter is missing/,
    ],
  ] as const)('%s is one clear error', async (_, args, exitCode, stderr) => {
    const outcome = await project.waybill(['migrate', ...parameters, ...args])
    expect(outcome).toMatchObject({ exitCode, stderr: expect.stringMatching(stderr) })
    expect(outcome.stderr.trim().split('\n')).toHaveLength(1)
  })
})
