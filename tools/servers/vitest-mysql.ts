import type { TestProject } from 'vitest/node'
import { acquireServer, releaseServer } from './for-tests.ts'
import { startMariadb } from './mariadb.ts'

export async function setup(project: TestProject): Promise<void> {
  const server = await acquireServer('mariadb', () => startMariadb())
  project.provide('mysqlUrl', server.url)
}

export async function teardown(): Promise<void> {
  await releaseServer('mariadb')
}
