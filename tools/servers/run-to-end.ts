import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { OsUser } from './os-user.ts'

const execute = promisify(execFile)

/** Runs a program as the user and waits for its end; its output is part of the error when it fails. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  { user, cwd }: { user: OsUser | undefined; cwd: string },
): Promise<void> {
  await execute(command, args, { ...user, cwd })
}

export async function isExecutableBy(user: OsUser | undefined, command: string): Promise<boolean> {
  return execute(command, ['--version'], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  )
}
