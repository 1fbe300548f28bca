import type { TestProject } from 'vitest/node'
import { acquireServer, releaseServer } from './for-tests.ts'
import { startPostgres } from './postgres.ts'

export async function setup(project: TestProject): Promise<void> {
  const [npm, debian] = await Promise.all([
    acquireServer('postgres', () => startPostgres()),
    acquireServer('postgres-debian', () => startPostgres({ version: 'debian' })),
  ])
  project.provide('postgresUrl', npm.url)
  project.provide('postgresDebianUrl', debian.url)
}

export async function teardown(): Promise<void> {
  await Promise.all([releaseServer('postgres'), releaseServer('postgres-debian')])
}
