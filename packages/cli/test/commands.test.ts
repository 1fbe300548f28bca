import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { createProject, sqliteProject } from './project.ts'
import { openLog, seed } from './seed.ts'
import { type Printed, sparing } from './sparing.ts'
import type { Running } from './spawn.ts'

function portOf(worker: Running): number {
  return Number(/probes at port (\d+)/.exec(worker.said())?.[1])
}

function json({ stdout }: Printed): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>
}

describe('init', () => {
  test('writes a configuration and a first task that run as printed', async () => {
    const project = createProject({})
    const { stdout, exitCode } = await project.waybill([
      'init',
      '--yes',
      '--no-install',
      '--database',
      'sqlite',
    ])
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`npx waybill tasks enqueue hello '{"name":"Ada"}'`)
    expect(existsSync(join(project.folder, 'waybill.config.ts'))).toBe(true)
    await project.waybill(['schema', 'up'])
    await project.waybill(['tasks', 'enqueue', 'hello', '{"name":"Ada"}'])
    expect(await project.waybill(['worker', '--drain'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/info hello .*: Greeting Ada[\s\S]*completed +hello/),
    })
  })

  test('overwrites nothing', async () => {
    const project = createProject({ 'waybill.config.mjs': 'export default {}' })
    expect(await project.waybill(['init', '--yes'])).toMatchObject({
      exitCode: 1,
      stderr: 'waybill: There is a waybill.config.mjs already; nothing was written\n',
    })
  })

  test('takes the database that is installed or that DATABASE_URL names, and asks nobody where nobody can answer', async () => {
    const project = createProject({})
    expect(await project.waybill(['init'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('say --database sqlite, or --yes'),
    })
    const environment = { DATABASE_URL: 'mysql://me@127.0.0.1:1/db' }
    expect(
      json(await project.waybill(['init', '--yes', '--no-install', '--json'], { environment })),
    ).toMatchObject({
      database: 'mysql',
    })
    const other = createProject({ 'package.json': '{"dependencies":{"pg":"8"}}', 'pnpm-lock.yaml': '' })
    const answer = json(await other.waybill(['init', '--yes', '--no-install', '--json']))
    expect(answer).toMatchObject({ database: 'postgres', files: ['waybill.config.mts', 'tasks/hello.mts'] })
    expect(answer['next']).toContain('pnpm waybill schema up')
  })
})

describe('worker', () => {
  test('--once runs one task, --limit so many, and --ndjson tells it in documents', async () => {
    const project = await sqliteProject()
    await seed(project, 5)
    await project.waybill(['worker', '--once'])
    const log = openLog(project)
    const stats = () => log.stats({ kind: 'and', nodes: [] })
    expect(await stats()).toMatchObject({ completed: 1, enqueued: 4 })
    const { stdout, stderr } = await project.waybill(['worker', '--limit', '2', '--ndjson'])
    expect(await stats()).toMatchObject({ completed: 3, enqueued: 2 })
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string })
    expect(events.map(({ event }) => event)).toEqual(['started', 'task', 'task', 'stopped'])
    expect(stderr).toBe('')
    expect(await project.waybill(['worker', '--once', '--drain'])).toMatchObject({ exitCode: 2 })
  })

  test('--max-runtime ends it', async () => {
    const project = await sqliteProject()
    expect(await project.waybill(['worker', '--max-runtime', '200ms'])).toMatchObject({ exitCode: 0 })
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)(
    'the first %s lets the running task end, and gives the others back uncounted',
    async (signal) => {
      const project = await sqliteProject()
      const [slow = ''] = await seed(project, 1, { name: 'slow', parameters: { ms: 1_500 } })
      const [next = ''] = await seed(project, 1)
      const worker = project.start(['worker', '-c', '1'])
      await worker.printed('slow task began')
      worker.child.kill(signal)
      expect(await worker.ended).toMatchObject({ exitCode: 0, signal: null })
      const [first, second] = await Promise.all(
        [slow, next].map(async (id) => (await openLog(project).find([id]))[0]),
      )
      expect(first).toMatchObject({ status: 'completed' })
      expect(second).toMatchObject({ status: 'enqueued', attempt: 0 })
    },
  )

  test('a second signal aborts the running task, which goes back to its queue', async () => {
    const project = await sqliteProject()
    const [slow = ''] = await seed(project, 1, { name: 'slow', parameters: { ms: 600_000 } })
    const worker = project.start(['worker'])
    await worker.printed('slow task began')
    worker.child.kill('SIGTERM')
    await worker.printed('unless you ask again')
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toMatchObject({ exitCode: 130, signal: null })
    expect((await openLog(project).find([slow]))[0]).toMatchObject({ status: 'enqueued', attempt: 0 })
  })

  test('USR2 pauses it, CONT lets it go on; probes say which', async () => {
    const project = await sqliteProject()
    const worker = project.start(['worker', '--health-port', '0', '--health-host', '127.0.0.1'])
    await worker.printed(/probes at port \d+/)
    const port = portOf(worker)
    const probe = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).status
    expect([await probe('/live'), await probe('/other')]).toEqual([200, 404])
    await expect.poll(() => probe('/ready'), { timeout: 20_000 }).toBe(200)
    worker.child.kill('SIGUSR2')
    await expect.poll(() => probe('/ready'), { timeout: 20_000 }).toBe(503)
    const [id = ''] = await seed(project, 1)
    expect(await probe('/live')).toBe(200)
    expect((await openLog(project).find([id]))[0]).toMatchObject({ status: 'enqueued' })
    worker.child.kill('SIGCONT')
    await worker.printed(`hello ${id}`)
    expect(worker.said()).toContain('completed')
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toMatchObject({ exitCode: 0 })
  })

  test('a probe port that is taken is an error in one line', async () => {
    const project = await sqliteProject()
    const worker = project.start(['worker', '--health-port', '0'])
    await worker.printed(/probes at port \d+/)
    const port = portOf(worker)
    expect(await project.waybill(['worker', '--health-port', String(port)])).toMatchObject({
      exitCode: 1,
      stderr: `waybill: --health-port ${port}: somebody else listens there\n`,
    })
  })
})

describe('queues, workers and status', () => {
  test('queues are listed, paused, resumed, made known and purged', async () => {
    const project = await sqliteProject("queues: ['default', { name: 'reports', concurrency: 2 }]")
    const waybill = sparing(project)
    expect(json(await waybill(['queues', 'list', '--json']))).toMatchObject({
      queues: [{ queue: 'default' }, { queue: 'reports', concurrency: null }],
    })
    expect(await waybill(['queues', 'init'])).toMatchObject({
      exitCode: 0,
      stderr: 'default, reports: ready\n',
    })
    await seed(project, 3)
    expect((await waybill(['queues', 'pause', 'default'])).exitCode).toBe(0)
    await waybill(['worker', '--drain'])
    expect(json(await waybill(['queues', 'list', '--json']))).toMatchObject({
      queues: [
        { queue: 'default', paused: true, ready: 3 },
        { queue: 'reports', concurrency: 2 },
      ],
    })
    expect(await waybill(['queues', 'pause', 'defalt'])).toMatchObject({
      exitCode: 4,
      stderr: 'waybill: There is no queue "defalt". Did you mean default?\n',
    })
    expect((await waybill(['queues', 'resume', 'default'])).exitCode).toBe(0)
    expect(await waybill(['queues', 'purge', 'default'])).toMatchObject({ exitCode: 2 })
    expect(await waybill(['queues', 'purge', 'default', '--dry-run'])).toMatchObject({
      exitCode: 0,
      stderr: 'Would cancel 3 waiting tasks of default.\n',
    })
    expect(json(await waybill(['queues', 'purge', 'default', '--yes', '--json']))).toEqual({
      cancelled: 3,
      started: 0,
    })
    const { tasks } = json(await waybill(['tasks', 'list', '--json']))
    expect(tasks).toMatchObject({ 0: { status: 'cancelled', reason: 'purged' } })
  })

  test('status is a health check: bounds that are passed are named, and answer 3', async () => {
    const project = await sqliteProject()
    const waybill = sparing(project)
    expect((await waybill(['status', '--max-wait', '5m', '--max-failed', '0'])).exitCode).toBe(0)
    await seed(project, 2, { name: 'fails', attempts: 1 })
    await waybill(['worker', '--drain'])
    const outcome = await waybill(['status', '--max-failed', '1', '--min-workers', '1', '--json'])
    expect(outcome.exitCode).toBe(3)
    expect(json(outcome)).toMatchObject({
      ok: false,
      failedLastHour: 2,
      problems: ['2 tasks failed in the last hour, more than 1', '0 workers alive, fewer than 1'],
    })
  })

  test('workers are listed with what they say of themselves', async () => {
    const project = await sqliteProject()
    expect(await project.waybill(['workers', 'list'])).toMatchObject({
      exitCode: 0,
      stderr: 'No workers. Start one: waybill worker\n',
    })
    const worker = project.start(['worker', '-c', '3'])
    await worker.printed('runs 5 kinds of task')
    await expect
      .poll(async () => json(await project.waybill(['workers', 'list', '--json']))['workers'], {
        timeout: 30_000,
      })
      .toMatchObject([
        { alive: true, held: 0, info: { pid: worker.child.pid, queues: ['default'], concurrency: 3 } },
      ])
    worker.child.kill('SIGTERM')
    await worker.ended
  })
})

describe('stuck tasks', () => {
  test('are listed with why, and those of a killed worker are given back', async () => {
    const project = await sqliteProject()
    const waybill = sparing(project)
    const [held = ''] = await seed(project, 1, { name: 'slow', parameters: { ms: 600_000 } })
    const worker = project.start(['worker'])
    await worker.printed('slow task began')
    worker.child.kill('SIGKILL')
    await worker.ended
    const [waiting = ''] = await seed(project, 1)
    const why = async (): Promise<unknown> =>
      json(await waybill(['stuck', 'list', '--age', '0s', '--json']))['tasks']
    await expect.poll(why, { timeout: 30_000 }).toMatchObject([
      { id: held, why: { code: 'worker_dead' } },
      { id: waiting, why: { code: 'no_worker' } },
    ])
    expect(await waybill(['stuck', 'list', '--age', '1h'])).toMatchObject({
      exitCode: 0,
      stderr: 'No tasks are stuck.\n',
    })
    expect(await waybill(['stuck', 'restart', '--age', '0s'])).toMatchObject({ exitCode: 2 })
    expect(await waybill(['stuck', 'restart', '--age', '0s', '--dry-run'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^Would restart 2 stuck tasks/),
    })
    // The lease of a killed worker must run out first, by the log's clock.
    await expect
      .poll(async () => (await openLog(project).workerStates())[0]?.alive, { timeout: 30_000 })
      .toBe(false)
    const answer = json(
      await waybill(['stuck', 'restart', '--age', '0s', '--name', 'slow', '--yes', '--json']),
    )
    expect(answer).toMatchObject({ restarted: 1, skipped: 0 })
    expect((await openLog(project).find([held]))[0]).toMatchObject({ status: 'enqueued', worker: null })
    const others = json(
      await waybill(['stuck', 'restart', '--age', '0s', '--name', 'hello', '--yes', '--json']),
    )
    expect(others).toEqual({ restarted: 0, skipped: 1, skippedBy: { no_worker: 1 } })
  })
})

describe('the rest', () => {
  test('prune deletes what ended long enough ago', async () => {
    const project = await sqliteProject()
    const waybill = sparing(project)
    await seed(project, 3)
    await seed(project, 1, { name: 'fails', attempts: 1 })
    await waybill(['worker', '--drain'])
    expect(await waybill(['prune'])).toMatchObject({
      exitCode: 2,
      stderr: 'waybill: --older-than: expected a time such as 30d\n',
    })
    expect(await waybill(['prune', '--older-than', '1h', '--yes'])).toMatchObject({
      exitCode: 0,
      stderr: '0 tasks deleted\n',
    })
    expect(await waybill(['prune', '--older-than', '0s'])).toMatchObject({ exitCode: 2 })
    expect(
      await waybill(['prune', '--older-than', '0s', '--status', 'completed', '--dry-run']),
    ).toMatchObject({
      exitCode: 0,
      stderr: 'Would delete 3 tasks.\n',
    })
    expect(
      json(await waybill(['prune', '--older-than', '0s', '--status', 'completed', '--yes', '--json'])),
    ).toEqual({
      deleted: 3,
      kept: 0,
    })
    expect(json(await waybill(['tasks', 'stats', '--json']))).toMatchObject({ total: 1, failed: 1 })
  })

  test('bench measures the log of the project, and leaves nothing behind', async () => {
    const project = await sqliteProject()
    const [mine = ''] = await seed(project, 1)
    const figures = json(await project.waybill(['bench', '--tasks', '200', '--json']))
    expect(figures).toMatchObject({ tasks: 200, log: 'sqlite', ranPerSecond: expect.any(Number) })
    const { tasks } = json(await project.waybill(['tasks', 'list', '--json']))
    expect(tasks).toMatchObject([{ id: mine, status: 'enqueued' }])
  })

  test('info tells versions, configuration and log; what it cannot find out is no failure', async () => {
    const project = await sqliteProject()
    expect(json(await project.waybill(['info', '--json']))).toMatchObject({
      node: process.versions.node,
      'task log': 'sqlite, sqlite by the configuration',
      schema: 'current',
    })
    const broken = createProject({ 'waybill.config.ts': 'export default {' })
    expect(await broken.waybill(['info'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('cannot be loaded'),
    })
  })

  test('doctor finds what was tampered with', async () => {
    const project = await sqliteProject()
    expect(await project.waybill(['doctor'])).toMatchObject({ exitCode: 0 })
    const database = new DatabaseSync(join(project.folder, 'waybill.db'))
    database.exec('DROP INDEX waybill_tasks_ready')
    database.close()
    expect(await project.waybill(['schema', 'doctor'])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('waybill_tasks_ready'),
    })
  })

  test('the script for bash completes commands, subcommands and options', async () => {
    const project = createProject({})
    const { stdout } = await project.waybill(['completion', 'bash'])
    const complete = (...words: readonly string[]): string[] =>
      execFileSync(
        'bash',
        [
          '-c',
          `${stdout}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _waybill; printf '%s\\n' "\${COMPREPLY[@]}"`,
          'bash',
          ...words,
        ],
        { encoding: 'utf8' },
      )
        .trim()
        .split('\n')
    expect(complete('waybill', 'ta')).toEqual(['tasks'])
    expect(complete('waybill', '--config', 'x', 'tasks', 'e')).toEqual(['enqueue', 'export'])
    expect(complete('waybill', 'tasks', 'list', '--sta')).toEqual(['--status'])
    for (const shell of ['zsh', 'fish']) {
      const script = (await project.waybill(['completion', shell])).stdout
      expect(script).toMatch(/tasks list/)
      expect(script).toContain('--status'.slice(2))
    }
    expect(await project.waybill(['completion', 'tcsh'])).toMatchObject({ exitCode: 2 })
  })
})
