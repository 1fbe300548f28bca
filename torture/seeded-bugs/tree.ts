import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** The folder of the whole project. */
export const ROOT: string = dirname(dirname(import.meta.dirname))

const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '.turbo', 'dist', 'coverage'])

/** A change of one file: a text that is in it once becomes another. */
export interface Patch {
  /** Seen from the project's folder. */
  readonly file: string
  readonly right: string
  readonly wrong: string
}

/** A copy of the project's sources that can be changed; what is installed from elsewhere is shared with the original. */
export class Tree {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'waybill-tree-'))

  constructor() {
    const installed = join(ROOT, 'node_modules')
    cpSync(ROOT, this.folder, {
      recursive: true,
      // The packages find each other by relative links, and so the copies find the copies.
      verbatimSymlinks: true,
      filter: (path) => path !== installed && !LEFT_OUT.has(basename(path)),
    })
    symlinkSync(installed, join(this.folder, 'node_modules'))
  }

  /** Makes a change for as long as something is done. */
  async with<Answer>(patch: Patch, action: () => Promise<Answer>): Promise<Answer> {
    const path = join(this.folder, patch.file)
    const right = readFileSync(path, 'utf8')
    writeFileSync(path, patched(right, patch))
    try {
      return await action()
    } finally {
      writeFileSync(path, right)
    }
  }

  /** Removes the copy. */
  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** A file's text after the change. @throws Error when the text to change is not in it exactly once */
export function patched(text: string, { file, right, wrong }: Patch): string {
  const found = text.split(right).length - 1
  if (found !== 1) throw new Error(`${file} has ${found} times, not once: ${right}`)
  return text.replace(right, () => wrong)
}
