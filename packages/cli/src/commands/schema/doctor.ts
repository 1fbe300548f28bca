import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { escapeControl } from '../../output/escape.ts'
import { schemaLog } from './schema-log.ts'

/** Looks for what is not as this release made it. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context
  const findings = await (await schemaLog(context)).doctor()
  if (context.options.json) await output.json({ findings })
  else {
    for (const finding of findings) await output.line(escapeControl(finding))
    if (findings.length === 0) output.talk('All is as this release made it.')
  }
  return findings.length === 0 ? EXIT.done : EXIT.check
}
