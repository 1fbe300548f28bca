import type { ExitCode } from '../exit-code.ts'
import type { CommandContext } from './command-context.ts'
import type { Inputs } from './inputs.ts'

/** Does what a command is for. A fault is thrown; anything else is an exit code. */
export type Run<Options> = (context: CommandContext, options: Options) => Promise<ExitCode>

/** A command as it is written down: plain data, cheap to load. What it does is loaded when it is called. */
export interface CommandDefinition<Options> {
  /** The word it is called by. */
  readonly name: string
  /** One line without a full stop, for the list of commands. */
  readonly summary: string
  /** What a reader of its help must know beyond the summary. */
  readonly description?: string
  /** Its arguments, in order, and its options, under the names {@link Run} finds their values. */
  readonly inputs: Inputs<Options>
  /** Command lines that can be copied, each with what it does. */
  readonly examples?: readonly (readonly [line: string, does: string])[]
  /** Other spellings of its flags, for example `{ '-rp': '--repeat' }`: the parser knows only one letter after one dash. */
  readonly spellings?: Readonly<Record<string, string>>
  /** Imports the module that does it. */
  readonly load: () => Promise<{ readonly run: Run<Options> }>
}

/** A {@link CommandDefinition} whose options only its own module knows. */
export interface Command extends Omit<CommandDefinition<never>, 'inputs'> {
  readonly inputs: Inputs<Readonly<Record<string, unknown>>>
}

/** Commands under one word. */
export interface CommandGroup {
  /** The word. */
  readonly name: string
  /** One line without a full stop. */
  readonly summary: string
  /** Its commands, in the order in which help lists them. */
  readonly commands: readonly Command[]
}

/** Checks that inputs and module of a command agree on its options, then forgets them. */
export function command<Options extends object>(definition: CommandDefinition<Options>): Command {
  return definition as unknown as Command
}

/** Whether an entry of the table is a group. */
export function isGroup(entry: Command | CommandGroup): entry is CommandGroup {
  return 'commands' in entry
}
