import { expect, inject } from 'vitest'
import { test } from './project.ts'

const users = [
  { database: 'sqlite', install: 'npm install @waybill/cli', execute: 'npx', url: () => undefined },
  {
    database: 'postgres',
    install: 'pnpm add @waybill/cli',
    execute: 'pnpm',
    url: () => inject('postgresUrl'),
  },
  {
    database: 'mysql',
    install: 'npm install @waybill/cli @waybill/tasklog-mysql mysql2',
    execute: 'npx',
    url: () => inject('mysqlUrl'),
  },
]

test.concurrent.for(users)(
  'what init prints works as printed: $database, $execute',
  async (user, { project }) => {
    const { install, execute } = user
    const url = user.url()
    if (url !== undefined) project.export('DATABASE_URL', url)
    await project.run(install)

    const { stdout } = await project.run(`${execute} waybill init --yes`)
    const next = stdout.split('\n').filter((line) => line.startsWith('  '))
    const said: string[] = []
    for (const line of next) {
      if (line.endsWith(' worker')) project.start(line)
      else said.push((await project.run(line)).stdout)
    }
    const [id = ''] = said.join('\n').match(/^[0-9a-f-]{36}$/m) ?? []
    await project.run(`${execute} waybill tasks wait ${id} --timeout 30s`)
    const shown = await project.run(`${execute} waybill tasks show ${id}`)
    expect(said.at(-1)).toContain(id)
    expect(shown.stdout).toContain('Hello, Ada!')
  },
)
