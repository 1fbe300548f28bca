import { execFileSync } from 'node:child_process'
import { chownSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The user a server runs as. */
export interface OsUser {
  readonly uid: number
  readonly gid: number
}

/** Database servers refuse to run as root: for root it is `nobody`, for anybody else it is themselves. */
export function serverUser(): OsUser | undefined {
  if (!isRoot()) return undefined
  return { uid: idOf('-u'), gid: idOf('-g') }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** A fresh directory that belongs to the user. */
export function makeServerDirectory(name: string, user: OsUser | undefined): string {
  const directory = mkdtempSync(join(tmpdir(), `waybill-${name}-`))
  if (user) chownSync(directory, user.uid, user.gid)
  return directory
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
}
