import { EXIT, type ExitCode } from '../exit-code.ts'

/** Ends the command with one line for people and an exit code for programs. */
export class CliError extends Error {
  /** What the command answers. */
  readonly exitCode: ExitCode

  /** @param message what happened and what to do next, in one line */
  constructor(message: string, exitCode: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.exitCode = exitCode
  }
}

/** The command was called in a way it does not understand. */
export class UsageError extends CliError {
  /** @param message what was expected, and what was found */
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.usage, options)
  }
}

/** Somebody pressed Ctrl-C, or sent INT, TERM or HUP. */
export class InterruptedError extends CliError {
  constructor() {
    super('interrupted', EXIT.interrupted)
  }
}

/** Whoever read the output has left. */
export class PipeClosedError extends CliError {
  constructor() {
    super('the reader of the output has left', EXIT.done)
  }
}
