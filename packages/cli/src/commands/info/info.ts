import { readFileSync } from 'node:fs'
import { arch, platform, release } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasSchema } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { ADAPTERS, databaseOf, resolveFrom } from '../../config/adapters.ts'
import { describeFailure } from '../../errors/describe-failure.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { writeDetails } from '../../output/details.ts'
import { VERSION } from '../../version.ts'

type Facts = Record<string, string | null>

/** Prints what a bug report needs. What cannot be found out is said as such, and is no failure. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { folder } = context.host
  const facts: Facts = {
    'waybill cli': VERSION,
    node: process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
  }
  for (const name of packageNames()) facts[name] = versionOf(folder, name)
  Object.assign(facts, await configFacts(context), await logFacts(context))
  if (context.options.json) await context.output.json(facts)
  else
    await writeDetails(
      context.output,
      Object.entries(facts).map(([name, value]) => [name, value ?? 'not installed']),
    )
  return EXIT.done
}

function packageNames(): readonly string[] {
  return ['@waybill/core', ...Object.values(ADAPTERS).flatMap(({ package: name, driver }) => [name, driver])]
}

/** The version of a package as the project finds it. */
function versionOf(folder: string, name: string): string | null {
  const entry = resolveFrom(folder, name)
  if (entry === undefined) return null
  for (let at = dirname(fileURLToPath(entry)); at !== dirname(at); at = dirname(at)) {
    try {
      const manifest = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as {
        name?: string
        version?: string
      }
      if (manifest.name === name) return manifest.version ?? null
    } catch {
      // No manifest here: the package begins further up.
    }
  }
  return null
}

async function configFacts(context: CommandContext): Promise<Facts> {
  try {
    const { file, config } = await context.config()
    return { configuration: file ?? 'none', settings: Object.keys(config).join(', ') }
  } catch (error) {
    return { configuration: describeFailure(error).message }
  }
}

async function logFacts(context: CommandContext): Promise<Facts> {
  try {
    const source = await context.logSource()
    const from =
      source.kind === 'url' ? `${databaseOf(source.url)} by ${source.from}` : 'by the configuration'
    const log = await context.broker()
    const schema = hasSchema(log) ? (await log.schemaStatus()).state : 'none'
    return {
      'task log': `${log.id}, ${from}`,
      capabilities: JSON.stringify(log.capabilities),
      schema,
      clock: `${(await log.now()) - Date.now()} ms from ours`,
    }
  } catch (error) {
    return { 'task log': describeFailure(error).message }
  }
}
