import type { Command } from './command/command.ts'
import { CommandContext } from './command/command-context.ts'
import { GLOBAL_INPUTS, type GlobalOptions } from './command/global-options.ts'
import type { Host } from './command/host.ts'
import { type ParsedLine, parseLine } from './command/parse-line.ts'
import { resolveInputs } from './command/resolve-inputs.ts'
import { COMMANDS } from './commands/table.ts'
import { readEnvFile } from './config/env-file.ts'
import { InterruptedError, PipeClosedError, UsageError } from './errors/cli-error.ts'
import { describeFailure } from './errors/describe-failure.ts'
import type { ExitCode } from './exit-code.ts'
import { escapeControl } from './output/escape.ts'
import { Output } from './output/output.ts'
import { surroundingsOf } from './output/surroundings.ts'
import { VERSION } from './version.ts'

/** How long a command that was interrupted may take to say what it has done. */
const LAST_WORDS_MS = 2_000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

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
    const context = new CommandContext(host, options, output, controller.signal)
    return await runCommand(line, context, values, controller)
  } catch (error) {
    return tell(error, output, debug)
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

async function runCommand(
  { command }: ParsedLine & { kind: 'command' },
  context: CommandContext,
  values: unknown,
  controller: AbortController,
): Promise<ExitCode> {
  const { signal } = controller
  const { signals } = context.host
  const caught = command.ownSignals === true ? [] : SIGNALS
  const end = new Ending(signal)
  const interrupt = (): void => (signal.aborted ? end.now() : controller.abort(new InterruptedError()))
  for (const name of caught) signals.on(name, interrupt)
  try {
    const exitCode = await Promise.race([callCommand(command, context, values), end.reached])
    signal.throwIfAborted()
    return exitCode
  } catch (error) {
    // Whatever broke because of the abort, the abort is the reason.
    throw signal.aborted ? signal.reason : error
  } finally {
    for (const name of caught) signals.off(name, interrupt)
  }
}

async function callCommand(command: Command, context: CommandContext, values: unknown): Promise<ExitCode> {
  const { run } = await command.load()
  try {
    return await run(context, values as never)
  } finally {
    await context.close()
  }
}

/**
 * Comes some time after the abort, or at once on a second signal: nothing that hangs (a connect, a module that never
 * loads) keeps the command alive.
 */
class Ending {
  readonly reached: Promise<never>
  #reject: (reason: unknown) => void = () => {}
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
    this.reached = new Promise((_, reject) => {
      this.#reject = reject
    })
    signal.addEventListener('abort', () => setTimeout(() => this.now(), LAST_WORDS_MS), { once: true })
  }

  now(): void {
    this.#reject(this.#signal.reason)
  }
}

/** Says what went wrong, in one line; answers the exit code. */
export function tell(error: unknown, output: Output, debug: boolean): ExitCode {
  if (error instanceof PipeClosedError) return error.exitCode
  const { message, exitCode } = describeFailure(error)
  output.talk(`${output.talkColours.red('waybill:')} ${escapeControl(message)}`)
  if (debug) for (const stack of stacksOf(error)) output.talk(stack)
  return exitCode
}

function* stacksOf(error: unknown): Generator<string> {
  for (let at = error; at instanceof Error; at = at.cause) yield at.stack ?? at.message
}
