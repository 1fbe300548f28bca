import { expect, test } from 'vitest'
import { sqliteProject } from './project.ts'
import { seed } from './seed.ts'

test('an export of more than fits into memory holds a page of it at a time', async () => {
  const project = await sqliteProject()
  const tasks = 6_000
  const text = 'x'.repeat(10_000)
  await seed(project, tasks, { parameters: { text } })
  const { exitCode, stdout } = await project.waybill(['tasks', 'export', '--columns', 'parameters'], {
    nodeFlags: ['--max-old-space-size=48'],
  })
  expect(exitCode).toBe(0)
  expect(stdout.length).toBeGreaterThan(tasks * text.length)
  expect(stdout.split('\n')).toHaveLength(tasks + 1)
})
