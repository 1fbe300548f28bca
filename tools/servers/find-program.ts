import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where a server is. Debian keeps them in a folder that is not on everybody's PATH. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}
