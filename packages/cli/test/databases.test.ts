import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { createProject, type Project, TASKS } from './project.ts'
import { type Printed, sparing } from './sparing.ts'

const PREFIX = `t${randomBytes(6).toString('hex')}_`

const DATABASES: Readonly<Record<string, () => { readonly import: string; readonly open: string }>> = {
  sqlite: () => ({
    import: "import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'",
    open: "createSqliteTaskLog({ file: import.meta.dirname + '/waybill.db' })",
  }),
  postgres: () => ({
    import: "import { createPostgresTaskLog } from '@waybill/tasklog-postgres'",
    open: `createPostgresTaskLog({ connectionString: '${inject('postgresUrl')}' }, { prefix: '${PREFIX}' })`,
  }),
  mysql: () => ({
    import: "import { createMysqlTaskLog } from '@waybill/tasklog-mysql'",
    open: `createMysqlTaskLog({ uri: '${inject('mysqlUrl')}' }, { prefix: '${PREFIX}' })`,
  }),
}

function projectOn(database: string): Project {
  const log = DATABASES[database]?.()
  const project = createProject({
    'waybill.config.ts': `import { defineConfig } from '@waybill/cli'
${log?.import}
import * as tasks from './tasks.ts'
export default defineConfig({ log: () => ${log?.open}, tasks: Object.values(tasks), queues: ['default', 'reports'] })
`,
    'tasks.ts': TASKS,
  })
  onTestFinished(async () => {
    await sparing(project, database)(['schema', 'down', '--yes'])
  })
  return project
}

const ok = (stdout: unknown = expect.any(String)): unknown => expect.objectContaining({ exitCode: 0, stdout })

function json({ stdout }: Printed): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>
}

describe.each(Object.keys(DATABASES))('on %s', { timeout: 600_000 }, (database) => {
  test('the schema goes up, is checked, printed and dropped', async () => {
    const project = projectOn(database)
    const waybill = sparing(project, database)
    expect(await waybill(['schema', 'status'])).toMatchObject({
      exitCode: 3,
      stderr: 'There are no tables. Create them: waybill schema up\n',
    })
    expect(await waybill(['tasks', 'list'])).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringMatching(/^waybill: .*waybill schema up.*\n$/),
    })
    expect(await waybill(['schema', 'sql'])).toEqual(ok(expect.stringMatching(/CREATE TABLE/)))
    expect(await waybill(['schema', 'up', '--dry-run'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^Would take \d+ steps?: /),
    })
    expect((await waybill(['schema', 'doctor'])).exitCode).toBe(3)
    expect(await waybill(['schema', 'up'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^Took /),
    })
    expect(await waybill(['schema', 'up'])).toMatchObject({
      exitCode: 0,
      stderr: 'The tables are up to date.\n',
    })
    expect(json(await waybill(['schema', 'status', '--json']))).toMatchObject({ state: 'current' })
    expect(await waybill(['schema', 'doctor'])).toMatchObject({ exitCode: 0, stdout: '' })
    expect(await waybill(['schema', 'down'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--yes'),
    })
    expect(await waybill(['schema', 'down', '--dry-run'])).toMatchObject({
      exitCode: 0,
      stderr: 'Would drop the tables with 0 tasks.\n',
    })
    expect(await waybill(['schema', 'down', '--yes'])).toMatchObject({ exitCode: 0 })
    expect(json(await waybill(['schema', 'status', '--json']))).toMatchObject({ state: 'missing' })
  })

  test('tasks are enqueued, run, listed, shown, explained and counted', async () => {
    const project = projectOn(database)
    const waybill = sparing(project, database)
    await waybill(['schema', 'up'])
    const id = async (args: readonly string[], input = ''): Promise<string> => {
      const { exitCode, stdout } = await waybill(['tasks', 'enqueue', ...args], { input })
      expect(exitCode).toBe(0)
      return stdout.trim()
    }
    project.write('ada.json', '{"name":"Ada","orderId":42}')
    const label = 'a \x1b[2J label\n=1+1'
    const ada = await id(['hello', '@ada.json', '--label', label, '--owner', 'ada', '--key', 'once'])
    expect(await id(['hello', '@ada.json', '--owner', 'ada', '--key', 'once'])).toBe(ada)
    const bob = await id(['hello', '-', '--owner', 'bob', '--priority', '5'], '{"name":"Bob","orderId":43}')
    const later = await id(['hello', '{"name":"Eve"}', '--delay', '1h'])
    const fails = await id(['fails'])
    const family = await id([
      'family',
      '{"children":3}',
      '--queue',
      'reports',
      '--metadata',
      '{"source":"web"}',
    ])

    expect(await waybill(['tasks', 'why', bob])).toEqual(
      ok(expect.stringMatching(/^enqueued No worker is running/)),
    )
    expect(json(await waybill(['tasks', 'why', later, '--json']))).toMatchObject({
      id: later,
      code: 'not_due',
    })
    expect((await waybill(['worker', '--drain'])).exitCode).toBe(0)

    const shown = await waybill(['tasks', 'show', ada])
    expect(shown.stdout).toContain('✔ Hello, Ada {"name":"Ada"}\n  ├─ ℹ first\n  │  └─ ⚠ deep\n  └─ ✔ last')
    expect(shown.stdout).toMatch(/created\n.*claimed .*\n.*started .*attempt 1 of 3\n.*completed/)
    expect(shown.stdout).toContain('a \\x1b[2J label\\n=1+1')
    expect(shown.stdout).not.toContain('\x1b')
    expect(json(await waybill(['tasks', 'show', ada, '--json']))).toMatchObject({
      id: ada,
      label,
      status: 'completed',
      parameters: { name: 'Ada', orderId: 42 },
      report: { type: 'success', message: 'Hello, Ada' },
      progress: { done: 1, total: 2, message: 'greeting' },
    })
    expect(await waybill(['tasks', 'show', family])).toEqual(
      ok(expect.stringContaining('Children 3 tasks: 3 completed')),
    )
    expect(json(await waybill(['tasks', 'stats', '--json']))).toMatchObject({
      completed: 6,
      failed: 1,
      enqueued: 1,
      total: 8,
    })

    const listed = async (...args: readonly string[]): Promise<readonly string[]> => {
      const { tasks } = json(await waybill(['tasks', 'list', '--json', ...args]))
      return (tasks as readonly { readonly id: string }[]).map((task) => task.id).sort()
    }
    expect(await listed('--where', 'parameters.orderId=42')).toEqual([ada])
    expect(await listed('--where', 'metadata.source~w*', '--queue', 'reports')).toEqual([family])
    expect(await listed('--owner', 'ada,bob', '--name', 'hel*', '--status', 'completed')).toEqual(
      [ada, bob].sort(),
    )
    expect(await listed('--label', '[2J')).toEqual([ada])
    expect(await listed('--parent', family)).toHaveLength(3)
    expect(await listed('--status', 'created', '--since', '1h')).toEqual([later])
    expect(await listed('--as', 'bob')).toEqual([bob])
    expect((await waybill(['tasks', 'show', ada, '--as', 'bob'])).exitCode).toBe(4)
    expect((await waybill(['tasks', 'why', ada, '--as', 'bob'])).exitCode).toBe(4)

    const first = json(await waybill(['tasks', 'list', '--json', '--limit', '5', '--sort', '-priority']))
    expect(first['tasks']).toHaveLength(5)
    expect(first['tasks']).toMatchObject({ 0: { id: bob } })
    const second = await waybill([
      'tasks',
      'list',
      '--json',
      '--sort',
      '-priority',
      '--cursor',
      String(first['nextCursor']),
    ])
    expect(json(second)['tasks']).toHaveLength(3)

    expect(await waybill(['tasks', 'wait', ada, bob])).toMatchObject({ exitCode: 0 })
    expect(await waybill(['tasks', 'wait', ada, fails])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining(`${fails} failed\n  ✖ no luck`),
    })
  })

  test('tasks are cancelled, retried, archived and deleted, one by one and all that match', async () => {
    const project = projectOn(database)
    const waybill = sparing(project, database)
    await waybill(['schema', 'up'])
    const ids: string[] = []
    for (const name of ['hello', 'hello', 'fails']) {
      const { stdout } = await waybill(['tasks', 'enqueue', name, '{"name":"Ada"}', '--owner', 'ada'])
      ids.push(stdout.trim())
    }
    const [one = '', two = '', fails = ''] = ids
    expect(await waybill(['tasks', 'cancel', one])).toMatchObject({
      exitCode: 0,
      stderr: '1 task cancelled\n',
    })
    expect(await waybill(['tasks', 'cancel', one])).toMatchObject({
      exitCode: 0,
      stderr: '0 tasks cancelled; 1 skipped: 1 already so\n',
    })
    expect(await waybill(['tasks', 'cancel', two, '--as', 'bob'])).toMatchObject({ exitCode: 4 })
    expect(await waybill(['tasks', 'archive', two])).toMatchObject({
      exitCode: 1,
      stderr: '0 tasks archived; 1 skipped: 1 in progress\n',
    })
    await waybill(['worker', '--drain', '--quiet'])
    const retried = await waybill([
      'tasks',
      'retry',
      '--status',
      'failed,cancelled',
      '--as',
      'ada',
      '--yes',
      '--json',
    ])
    expect(json(retried)).toMatchObject({ done: 2, skipped: 0 })
    await waybill(['worker', '--drain', '--quiet'])
    expect(json(await waybill(['tasks', 'stats', '--json']))).toMatchObject({ completed: 2, failed: 1 })
    expect(json(await waybill(['tasks', 'archive', '--all', '--yes', '--json']))).toMatchObject({ done: 3 })
    expect(await waybill(['tasks', 'delete', fails])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--yes'),
    })
    expect(await waybill(['tasks', 'delete', fails, '--yes'])).toMatchObject({
      exitCode: 0,
      stderr: '1 task deleted\n',
    })
    expect(json(await waybill(['tasks', 'delete', '--status', 'archived', '--yes', '--json']))).toMatchObject(
      { done: 2 },
    )
    expect(json(await waybill(['tasks', 'stats', '--json']))).toMatchObject({ total: 0 })
  })

  test('tasks are exported, and followed while they change', async () => {
    const project = projectOn(database)
    const waybill = sparing(project, database)
    await waybill(['schema', 'up'])
    for (const label of ['=HYPERLINK("http://x")', '+1', '@a', '-1', '\ttab', 'plain "quoted", with comma']) {
      await waybill(['tasks', 'enqueue', 'hello', '{"name":"Ada"}', '--label', label])
    }
    const tail = project.start(['tasks', 'tail', '--ndjson', '--interval', '50ms', '--last', '1'])
    // What it begins with is printed once it follows.
    await tail.printed('plain')
    const slow = await waybill(['tasks', 'enqueue', 'slow', '{"ms":1}', '--label', 'followed'])
    await tail.printed('followed')
    await waybill(['worker', '--drain', '--quiet'])
    await tail.printed(new RegExp(`"id":"${slow.stdout.trim()}".*"status":"completed"`))
    tail.child.kill('SIGINT')
    const { stdout } = await tail.ended
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly id: string })
    expect(new Set(lines.map(({ id }) => id)).size).toBe(7)

    const ndjson = await waybill(['tasks', 'export', '--columns', 'label,status', '--limit', '2'])
    expect(ndjson.stdout).toBe(
      '{"label":"=HYPERLINK(\\"http://x\\")","status":"completed"}\n{"label":"+1","status":"completed"}\n',
    )
    const file = join(project.folder, 'tasks.csv')
    expect(
      await waybill(['tasks', 'export', '--output', 'tasks.csv', '--columns', 'label,attempt']),
    ).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: '7 tasks exported to tasks.csv\n',
    })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8').split('\n')).toEqual([
      'label,attempt',
      `"'=HYPERLINK(""http://x"")",1`,
      "'+1,1",
      "'@a,1",
      "'-1,1",
      '\\ttab,1',
      '"plain ""quoted"", with comma",1',
      'followed,1',
      '',
    ])
  })
})
