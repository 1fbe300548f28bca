import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { UsageError } from '../errors/cli-error.ts'

/**
 * Sets the variables of a file that are not set.
 * @throws UsageError when it cannot be read
 */
export function readEnvFile(
  folder: string,
  file: string,
  environment: Record<string, string | undefined>,
): void {
  let text: string
  try {
    text = readFileSync(resolve(folder, file), 'utf8')
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is none' : (cause as Error).message
    throw new UsageError(`--env-file ${file}: ${reason}`, { cause })
  }
  for (const [name, value] of Object.entries(parseEnv(text))) environment[name] ??= value
}
