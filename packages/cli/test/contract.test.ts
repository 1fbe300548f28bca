import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createProject, sqliteProject } from './project.ts'
import { openLog, seed } from './seed.ts'

const CANARY = 's3cr3t-CANARY'

/** A log so slow that a command can be interrupted between two of its batches. */
const SLOW_CONFIG = `import { setTimeout as sleep } from 'node:timers/promises'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'

const log = createSqliteTaskLog({ file: 'waybill.db' })
const transition = log.transition.bind(log)
log.transition = async (change) => {
  const moved = await transition(change)
  await sleep(200)
  return moved
}
export default { log }
`

describe('streams', () => {
  test('stdout is data, stderr is talk', async () => {
    const project = await sqliteProject()
    const enqueued = await project.waybill(['tasks', 'enqueue', 'hello', '{"name":"Ada"}'])
    expect(enqueued).toMatchObject({ exitCode: 0, stderr: '' })
    expect(enqueued.stdout).toMatch(/^[0-9a-f-]{36}\n$/)
    const worker = await project.waybill(['worker', '--drain'])
    expect(worker).toMatchObject({ exitCode: 0, stdout: '' })
    expect(worker.stderr).toMatch(/completed +hello/)
    const listed = await project.waybill(['tasks', 'list', '--json'])
    expect(listed.stderr).toBe('')
    const { tasks, nextCursor } = JSON.parse(listed.stdout)
    expect(nextCursor).toBeNull()
    expect(tasks).toEqual([
      expect.objectContaining({ id: enqueued.stdout.trim(), status: 'completed', taskName: 'hello' }),
    ])
    expect(tasks[0].createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  test('a reader that leaves ends the command quietly', async () => {
    const project = await sqliteProject()
    await seed(project, 5_000)
    for (const args of [
      ['tasks', 'export'],
      ['tasks', 'tail', '--ndjson', '--last', '1000'],
    ]) {
      const { child, ended } = project.start(args)
      child.stdout?.once('data', () => child.stdout?.destroy())
      expect(await ended).toMatchObject({
        exitCode: 0,
        signal: null,
        stderr: expect.not.stringMatching(/waybill:|EPIPE/),
      })
    }
  })

  test('colour is forced and refused where stdout is piped', async () => {
    const project = await sqliteProject()
    const error = (environment: Record<string, string>): Promise<string> =>
      project.waybill(['nonsense'], { environment }).then(({ stderr }) => stderr)
    expect(await error({})).not.toContain('\x1b[')
    expect(await error({ FORCE_COLOR: '1' })).toContain('\x1b[31mwaybill:')
    expect(await error({ FORCE_COLOR: '1', NO_COLOR: '1' })).toContain('\x1b[31m')
    expect(await error({ NO_COLOR: '1' })).not.toContain('\x1b[')
  })
})

describe('exit codes', () => {
  test('2 and a suggestion for an unknown command, subcommand, option or task', async () => {
    const project = await sqliteProject()
    expect(await project.waybill(['tsks'])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: "waybill: unknown command 'tsks' (Did you mean tasks?)\n",
    })
    expect(await project.waybill(['tasks', 'lsit'])).toMatchObject({
      exitCode: 2,
      stderr: "waybill: unknown command 'lsit' (Did you mean list?)\n",
    })
    expect(await project.waybill(['tasks', 'list', '--statu', 'failed'])).toMatchObject({
      exitCode: 2,
      stderr: "waybill: unknown option '--statu' (Did you mean --status?)\n",
    })
    expect(await project.waybill(['tasks', 'enqueue', 'helo'])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('Did you mean hello?'),
    })
  })

  test('1 for what cannot be done, 4 for what is not there, 124 when the time is over, 3 when a check says no', async () => {
    const project = await sqliteProject()
    const nobody = '01a20ba7-389f-7213-ad34-c38e1fcbbe8d'
    const [waiting = ''] = await seed(project, 1)
    const [failing = ''] = await seed(project, 1, { name: 'fails', attempts: 1 })
    expect(await project.waybill(['tasks', 'show', nobody])).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: `waybill: There is no task "${nobody}".\n`,
    })
    expect(await project.waybill(['tasks', 'wait', waiting, '--timeout', '50ms'])).toMatchObject({
      exitCode: 124,
    })
    expect(await project.waybill(['status', '--max-wait', '1ms'])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/queue default: a task has waited for .*, more than 1ms/),
    })
    expect(await project.waybill(['worker', '--drain'])).toMatchObject({ exitCode: 0 })
    expect(await project.waybill(['tasks', 'wait', failing])).toMatchObject({ exitCode: 3 })
    expect(await project.waybill(['tasks', 'cancel', waiting])).toMatchObject({
      exitCode: 1,
      stderr: '0 tasks cancelled; 1 skipped: 1 ended\n',
    })
    expect(await project.waybill(['tasks', 'cancel', nobody])).toMatchObject({ exitCode: 4 })
  })

  test.each(['postgres', 'mysql'])('5 when the store is down: %s', async (scheme) => {
    const project = createProject()
    const outcome = await project.waybill(['tasks', 'list'], {
      environment: { WAYBILL_URL: `${scheme}://me:${CANARY}@127.0.0.1:1/db` },
    })
    expect(outcome).toMatchObject({ exitCode: 5, stdout: '' })
    expect(outcome.stderr).toMatch(/^waybill: .*\n$/)
    expect(outcome.stderr).not.toContain(CANARY)
  })

  test('5 when the file cannot be opened', async () => {
    const project = createProject()
    const outcome = await project.waybill(['tasks', 'list', '--url', 'sqlite:missing/folder/a.db'])
    expect(outcome).toMatchObject({ exitCode: 5, stdout: '' })
  })
})

describe('errors', () => {
  test('are one line; a stack only with --debug', async () => {
    const project = await sqliteProject()
    project.write('waybill.config.ts', 'export default { url: 5 }')
    const short = await project.waybill(['tasks', 'list'])
    expect(short).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr:
        'waybill: waybill.config.ts: url: expected a URL such as sqlite:waybill.db, postgres://… or mysql://…, got the number 5\n',
    })
    const long = await project.waybill(['tasks', 'list', '--debug'])
    expect(long.stderr).toMatch(/\n {4}at /)
  })

  test.each([
    ['export default {', /^waybill: waybill\.config\.ts cannot be loaded: .*\n$/],
    [
      'throw new Error("no luck\\nat all")',
      /^waybill: waybill\.config\.ts cannot be loaded: Error: no luck at all\n$/,
    ],
    ['export const config = {}', /^waybill: waybill\.config\.ts has no default export; expected .*\n$/],
    ['import "not-there"', /^waybill: waybill\.config\.ts cannot be loaded: .*not-there.*\n$/],
    ['export default { log: () => 5 }', /^waybill: log: expected the function to answer a task log\n$/],
    ['export default {}', /^waybill: .*waybill\.config\.ts has neither log nor url, and no WAYBILL_URL.*\n$/],
  ])('a configuration that says %j is refused in one line', async (text, message) => {
    const project = createProject({ 'waybill.config.ts': text })
    expect(await project.waybill(['tasks', 'list'])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(message),
    })
  })
})

describe('what goes before what', () => {
  test('flag, WAYBILL_*, configuration, DATABASE_URL; and an env file sets what is not set', async () => {
    const project = createProject({
      'one.json': '{"url":"sqlite:config.db"}',
      '.env': 'DATABASE_URL=sqlite:env-file.db\n',
    })
    const file = async (
      args: readonly string[],
      environment: Record<string, string> = {},
    ): Promise<string> => {
      const { stderr } = await project.waybill(['tasks', 'list', ...args], { environment })
      return /The database \S*\/([\w-]+)\.db/.exec(stderr)?.[1] ?? stderr
    }
    const all = { WAYBILL_URL: 'sqlite:variable.db', DATABASE_URL: 'sqlite:database-url.db' }
    const config = ['--config', 'one.json']
    expect(await file([...config, '--url', 'sqlite:flag.db'], all)).toBe('flag')
    expect(await file(config, all)).toBe('variable')
    expect(await file(config, { DATABASE_URL: 'sqlite:database-url.db' })).toBe('config')
    expect(await file([], { DATABASE_URL: 'sqlite:database-url.db' })).toBe('database-url')
    expect(await file(['--env-file', '.env'])).toBe('env-file')
    expect(await file(['--env-file', '.env'], { DATABASE_URL: 'sqlite:database-url.db' })).toBe(
      'database-url',
    )
    expect(await file([], { WAYBILL_CONFIG: 'one.json' })).toBe('config')
    expect(await file([])).toMatch(/There is no waybill\.config\.ts here or above, and no WAYBILL_URL/)
  })

  test('an option: flag, its variable, configuration, default', async () => {
    const project = await sqliteProject('worker: { concurrency: 3 }')
    const concurrency = async (
      args: readonly string[],
      environment: Record<string, string> = {},
    ): Promise<number> => {
      const worker = project.start(['worker', ...args], { environment })
      await worker.printed('runs 5 kinds of task')
      const { stdout } = await project.waybill(['workers', 'list', '--json'])
      worker.child.kill('SIGTERM')
      expect(await worker.ended).toMatchObject({ exitCode: 0 })
      return JSON.parse(stdout).workers[0].info.concurrency
    }
    expect(await concurrency(['-c', '7'], { WAYBILL_CONCURRENCY: '5' })).toBe(7)
    expect(await concurrency([], { WAYBILL_CONCURRENCY: '5' })).toBe(5)
    expect(await concurrency([])).toBe(3)
    expect(await project.waybill(['worker'], { environment: { WAYBILL_CONCURRENCY: 'many' } })).toMatchObject(
      {
        exitCode: 2,
        stderr: 'waybill: WAYBILL_CONCURRENCY: expected a whole number from 1 to 10000, got "many"\n',
      },
    )
  })
})

describe('without a terminal', () => {
  test('what destroys wants --yes, knows --dry-run, and says how many', async () => {
    const project = await sqliteProject()
    await seed(project, 3)
    expect(await project.waybill(['tasks', 'cancel', '--all'])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: 'waybill: Cancel 3 tasks? Nobody can answer here; say --yes, or --dry-run to look first\n',
    })
    const dry = await project.waybill(['tasks', 'cancel', '--all', '--dry-run'])
    expect(dry).toMatchObject({ exitCode: 0, stderr: 'Would cancel 3 tasks.\n' })
    expect(dry.stdout.trimEnd().split('\n')).toHaveLength(4)
    const done = await project.waybill(['tasks', 'cancel', '--all', '--yes', '--json'])
    expect(JSON.parse(done.stdout)).toEqual({
      done: 3,
      requested: 0,
      skipped: 0,
      skippedBy: {},
      missing: 0,
      tasks: [],
    })
    expect(done.stderr).toBe('')
  })
})

describe('interrupted', () => {
  const hanging = 'await new Promise((resolve) => setTimeout(resolve, 600_000))\nexport default {}'

  test('while the configuration loads', async () => {
    const project = createProject({ 'waybill.config.ts': `process.stderr.write('loading')\n${hanging}` })
    const { child, ended, printed } = project.start(['tasks', 'list'])
    await printed('loading')
    child.kill('SIGINT')
    expect(await ended).toMatchObject({
      exitCode: 130,
      signal: null,
      stderr: expect.stringMatching(/waybill: interrupted\n$/),
    })
  })

  test('while it connects to a store that does not answer; at once on a second signal', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const project = createProject()
    const { child, ended } = project.start(['tasks', 'list'], {
      environment: { WAYBILL_URL: `postgres://me:${CANARY}@127.0.0.1:${port}/db` },
    })
    const [socket] = await once(server, 'connection')
    onTestFinished(() => void socket.destroy())
    child.kill('SIGTERM')
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ exitCode: 130, signal: null, stderr: 'waybill: interrupted\n' })
  })

  test('while it waits for a task, follows tasks, or reads parameters', async () => {
    const project = await sqliteProject()
    const [id = ''] = await seed(project, 1)
    const tail = project.start(['tasks', 'tail'])
    await tail.printed(id)
    tail.child.kill('SIGINT')
    expect(await tail.ended).toMatchObject({ exitCode: 130, signal: null })
    const wait = project.start(['tasks', 'enqueue', 'hello', '{}', '--wait'])
    await wait.printed('waiting for its end')
    wait.child.kill('SIGINT')
    expect(await wait.ended).toMatchObject({ exitCode: 130, signal: null, stdout: '' })
  })

  test('in the middle of many tasks: it says exactly how many were done', async () => {
    const project = await sqliteProject()
    project.write('slow.config.ts', SLOW_CONFIG)
    await seed(project, 20_000)
    const args = ['tasks', 'cancel', '--all', '--yes', '--config', 'slow.config.ts']
    const { child, ended, printed } = project.start(args)
    await printed(/Cancelling .* %/)
    child.kill('SIGINT')
    const { exitCode, stderr } = await ended
    expect(exitCode).toBe(130)
    const said = /^([\d,]+) tasks cancelled$/m.exec(stderr)?.[1]?.replaceAll(',', '')
    const log = openLog(project)
    const { cancelled, enqueued } = await log.stats({ kind: 'and', nodes: [] })
    expect(Number(said)).toBe(cancelled)
    expect(cancelled + enqueued).toBe(20_000)
    expect(enqueued).toBeGreaterThan(0)
  })
})

describe('secrets', () => {
  test('a password is nowhere, whatever happens', async () => {
    const url = `postgres://me:${CANARY}@127.0.0.1:1/db`
    const project = createProject({
      'waybill.config.ts': `export default { url: ${JSON.stringify(url)} }`,
      'throws.config.ts': `throw new Error('cannot reach ' + process.env.DATABASE_URL + ' as password=${CANARY}')`,
      'wrong.config.ts': `export default { queues: { url: ${JSON.stringify(url)} } }`,
      'unknown.config.ts': `export default { url: 'redis://me:${CANARY}@h' }`,
    })
    const environment = { DATABASE_URL: url, PGPASSWORD: CANARY }
    // All at once: most of them only wait for a server that is not there.
    const commands = [
      ['tasks', 'list', '--debug'],
      ['worker', '--debug'],
      ['info'],
      ['info', '--json'],
      ['schema', 'status', '--debug'],
      ['tasks', 'list', '--config', 'throws.config.ts', '--debug'],
      ['tasks', 'list', '--config', 'wrong.config.ts', '--debug'],
      ['tasks', 'list', '--config', 'unknown.config.ts', '--debug'],
    ]
    const outcomes = await Promise.all(commands.map((args) => project.waybill(args, { environment })))
    for (const [index, { stdout, stderr }] of outcomes.entries()) {
      expect(stdout + stderr, commands[index]?.join(' ')).not.toContain(CANARY)
    }
  })

  test('a password on the command line, where everybody sees it, is refused', async () => {
    const project = createProject()
    const outcome = await project.waybill(['tasks', 'list', '--url', `mysql://me:${CANARY}@h/db`])
    expect(outcome).toMatchObject({
      exitCode: 2,
      stderr:
        'waybill: --url: everybody on this machine can read a password there; put the URL into WAYBILL_URL\n',
    })
  })

  test('members of a payload that name a secret are hidden in what is shown and exported', async () => {
    const project = await sqliteProject()
    const [id = ''] = await seed(project, 1, {
      parameters: { name: 'Ada', apiKey: CANARY, deep: { password: CANARY } },
    })
    for (const args of [
      ['tasks', 'show', id],
      ['tasks', 'show', id, '--json'],
      ['tasks', 'list', '--json'],
      ['tasks', 'export'],
      ['tasks', 'export', '--format', 'csv'],
      ['tasks', 'tail', '--ndjson', '--for', '1ms'],
    ]) {
      const { exitCode, stdout, stderr } = await project.waybill(args)
      expect(exitCode).toBe(0)
      expect(stdout + stderr, args.join(' ')).not.toContain(CANARY)
    }
    const exported = join(project.folder, 'tasks.ndjson')
    await project.waybill(['tasks', 'export', '--output', exported])
    expect(readFileSync(exported, 'utf8')).toContain('"apiKey":"***"')
  })
})
