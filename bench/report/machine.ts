import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  /** How many processes wanted to run at the beginning, as an average of one minute: above 0 somebody else was at work. */
  readonly loadBefore: number
}

/** This machine, now. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

/** The version of a package, read from its folder. */
export function versionIn(folder: string): string {
  const { version }: { version: string } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  return version
}
