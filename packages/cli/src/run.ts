import type { Command } from './command/command.ts'
import { CommandContext } from './command/command-context.ts'
import { GLOBAL_INPUTS, type GlobalOptions } from './command/global-options.ts'
import type { Host } from './command/host.ts'
import { Interruption } from './command/interruption.ts'
import { type ParsedLine, parseLine } from './command/parse-line.ts'
import { resolveInputs } from './command/resolve-inputs.ts'
import { COMMANDS } from './commands/table.ts'
import { readEnvFile } from './config/env-file.ts'
import { PipeClosedError, UsageError } from './errors/cli-error.ts'
import type { ExitCode } from './exit-code.ts'
import { escapeControl } from './output/escape.ts'
import { Output } from './output/output.ts'
import { surroundingsOf } from './output/surroundings.ts'
import { VERSION } from './version.ts'

/** Runs one command line to its end. Never throws; what goes wrong is said on stderr and answered as an exit code. */
export async function run(host: Host): Promise<ExitCode> {
  const controller = new AbortController()
  const noColour = host.args.includes('--no-color')
  const surroundings = surroundingsOf(host, host.environment, { noColour })
  const output = new Output(host, surroundings, (error) => controller.abort(error))
  output.redactor.learnEnvironment(host.environment)
  let debug = host.args.includes('--debug')
  try {
    const line = parseLine(COMMANDS, host.args, { width: surroundings.width, version: VERSION })
    if (line.kind === 'text') return await printText(line, output)
    const options = globalOptions(host, line)
    output.redactor.learnEnvironment(host.environment)
    debug = options.debug
    const values = resolveInputs(line.command.inputs, line.given, host.environment)
    const interruption = new Interruption(host.signals, controller)
    const { signal } = controller
    const context = new CommandContext({
      host,
      options,
      output,
      signal,
      takeSignals: () => interruption.release(),
    })
    return await interruption.untilEnd(callCommand(line.command, context, values))
  } catch (error) {
    return await tell(error, output, debug)
  } finally {
    output.release()
  }
}

async function printText(line: ParsedLine & { kind: 'text' }, output: Output): Promise<ExitCode> {
  if (line.toStderr) output.talk(line.text.trimEnd())
  else await output.write(line.text)
  return line.exitCode
}

function globalOptions(host: Host, line: ParsedLine & { kind: 'command' }): GlobalOptions {
  const first = resolveInputs(GLOBAL_INPUTS, line.globals, host.environment)
  if (first.envFile !== undefined) readEnvFile(host.folder, first.envFile, host.environment)
  if (typeof line.globals['url'] === 'string' && /:\/\/[^/@]*:[^/@]+@/.test(line.globals['url'])) {
    throw new UsageError(
      '--url: everybody on this machine can read a password there; put the URL into WAYBILL_URL',
    )
  }
  return resolveInputs(GLOBAL_INPUTS, line.globals, host.environment)
}

async function callCommand(command: Command, context: CommandContext, values: unknown): Promise<ExitCode> {
  const { run } = await command.load()
  try {
    return await run(context, values as never)
  } finally {
    await context.close()
  }
}

/** Says what went wrong, in one line; answers the exit code. */
async function tell(error: unknown, output: Output, debug: boolean): Promise<ExitCode> {
  if (error instanceof PipeClosedError) return error.exitCode
  const { describeFailure } = await import('./errors/describe-failure.ts')
  const { message, exitCode } = describeFailure(error)
  output.talk(`${output.talkColours.red('waybill:')} ${escapeControl(message)}`)
  if (debug) for (const stack of stacksOf(error)) output.talk(stack)
  return exitCode
}

function* stacksOf(error: unknown): Generator<string> {
  for (let at = error; at instanceof Error; at = at.cause) yield at.stack ?? at.message
}
