import { WaybillError, type WaybillErrorCode } from '@waybill/core'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { CliError } from './cli-error.ts'

/** What is said of a failure, and what the command answers. */
export interface Failure {
  /** One line. */
  readonly message: string
  readonly exitCode: ExitCode
}

const EXIT_CODES: Partial<Record<WaybillErrorCode, ExitCode>> = {
  invalid_input: EXIT.usage,
  payload_too_large: EXIT.usage,
  not_found: EXIT.notFound,
  store_unavailable: EXIT.unreachable,
  schema_missing: EXIT.check,
  schema_outdated: EXIT.check,
  schema_newer: EXIT.check,
  schema_drifted: EXIT.check,
}

/** Says in one line what went wrong, whatever was thrown. */
export function describeFailure(error: unknown): Failure {
  return { message: oneLine(messageOf(error)), exitCode: exitCodeOf(error) }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `Something that is no error was thrown: ${String(error)}`
  if (error instanceof CliError || WaybillError.isInstance(error)) return error.message
  const hint = ' Run it again with --debug to see where.'
  return `${error.name}: ${error.message || 'no message'}.${hint}`
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode
  return (WaybillError.isInstance(error) ? EXIT_CODES[error.code] : undefined) ?? EXIT.failed
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ').trim()
}
