import { Argument, CommanderError, Option, Command as Parser } from 'commander'
import { UsageError } from '../errors/cli-error.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { type Command, type CommandGroup, isGroup } from './command.ts'
import { GLOBAL_INPUTS } from './global-options.ts'
import type { Input } from './inputs.ts'

/** Values by input name; only of those that were given. */
export type Given = Readonly<Record<string, unknown>>

/** What a command line asks for: a command, or a text (help, the version). */
export type ParsedLine =
  | { readonly kind: 'command'; readonly command: Command; readonly globals: Given; readonly given: Given }
  | {
      readonly kind: 'text'
      readonly text: string
      readonly toStderr: boolean
      readonly exitCode: ExitCode
    }

type AnyInput = Input<unknown>

const HELP = { showGlobalOptions: true, minWidthToWrap: 20 }

/** Understands a command line. @throws UsageError */
export function parseLine(
  table: readonly (Command | CommandGroup)[],
  args: readonly string[],
  options: { readonly width: number; readonly version: string },
): ParsedLine {
  let selected: ParsedLine | null = null
  let text = ''
  const root = createParser(table, options, (command, parser) => {
    selected = {
      kind: 'command',
      command,
      globals: givenOptions(root, GLOBAL_INPUTS),
      given: { ...givenOptions(parser, command.inputs), ...givenArguments(parser, command.inputs) },
    }
  })
  const collect = (chunk: string): void => {
    text += chunk
  }
  for (const parser of everyParser(root)) {
    parser.exitOverride().configureOutput({
      writeOut: collect,
      writeErr: collect,
      outputError: () => {},
      getOutHelpWidth: () => options.width,
      getErrHelpWidth: () => options.width,
    })
  }
  try {
    root.parse(respell(table, args), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: 'text', text, toStderr: false, exitCode: EXIT.done }
    if (error.code === 'commander.help') return { kind: 'text', text, toStderr: true, exitCode: EXIT.usage }
    throw new UsageError(`${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}`)
  }
  if (selected === null) throw new UsageError('no command was given')
  return selected
}

/** The parser of the whole table; also what help and documentation are made from. */
export function createParser(
  table: readonly (Command | CommandGroup)[],
  options: { readonly version: string },
  onCommand: (command: Command, parser: Parser) => void,
): Parser {
  const root = new Parser('waybill')
    .description('Runs workers, looks into the task log, keeps its schema up to date.')
    .version(options.version, '-V, --version', 'prints the version')
    .helpOption('-h, --help', 'prints this help')
    .helpCommand('help [command]', 'prints the help of a command')
    .configureHelp(HELP)
  addInputs(root, GLOBAL_INPUTS)
  const add = (parent: Parser, command: Command): void => {
    const parser = parent.command(command.name).summary(command.summary)
    parser.description(
      command.description === undefined
        ? `${command.summary}.`
        : `${command.summary}. ${command.description}`,
    )
    parser.helpOption('-h, --help', 'prints this help').configureHelp(HELP)
    addInputs(parser, command.inputs)
    parser.allowExcessArguments(false).action(() => onCommand(command, parser))
    if (command.examples !== undefined) parser.addHelpText('after', examplesText(command.examples))
  }
  for (const entry of table) {
    if (isGroup(entry)) {
      const group = root.command(entry.name).summary(entry.summary).description(`${entry.summary}.`)
      group.helpOption('-h, --help', 'prints this help').helpCommand(false)
      for (const command of entry.commands) add(group, command)
    } else {
      add(root, entry)
    }
  }
  return root
}

function examplesText(examples: NonNullable<Command['examples']>): string {
  return `\nExamples:\n${examples.map(([line, does]) => `  ${line}\n      ${does}`).join('\n')}`
}

function addInputs(parser: Parser, inputs: Readonly<Record<string, AnyInput>>): void {
  for (const input of Object.values(inputs)) {
    const { kind, flags, initial } = input
    const parse = (value: string, previous: unknown): unknown => parseText(input, value, previous ?? initial)
    if (kind === 'argument') {
      parser.addArgument(new Argument(flags, input.description).argParser(parse))
    } else {
      const option = new Option(flags, describe(input))
      parser.addOption(isSwitch(option) ? option : option.argParser(parse))
    }
  }
}

/** The value of one text. @throws UsageError naming the flag, or the variable it came from */
export function parseText(
  input: AnyInput,
  value: string,
  previous: unknown,
  source: string = input.flags,
): unknown {
  try {
    return input.parse(value, previous)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(`${source}: ${error.message}, got ${JSON.stringify(value.slice(0, 40))}`)
  }
}

function describe({ description, variable }: AnyInput): string {
  return variable === undefined ? description : `${description} [${variable}]`
}

function isSwitch(option: Option): boolean {
  return !option.required && !option.optional
}

function givenOptions(parser: Parser, inputs: Readonly<Record<string, AnyInput>>): Given {
  const given: Record<string, unknown> = {}
  for (const [name, input] of Object.entries(inputs)) {
    if (input.kind === 'argument') continue
    const option = parser.options.find(({ flags }) => flags === input.flags)
    const value: unknown = option === undefined ? undefined : parser.getOptionValue(option.attributeName())
    // A flag `--no-x` is true by default and false when it is given.
    if (option?.negate) given[name] = value === false ? true : undefined
    else given[name] = value
  }
  return given
}

function givenArguments(parser: Parser, inputs: Readonly<Record<string, AnyInput>>): Given {
  const names = Object.keys(inputs).filter((name) => inputs[name]?.kind === 'argument')
  return Object.fromEntries(names.map((name, index) => [name, parser.processedArgs[index] as unknown]))
}

function* everyParser(parser: Parser): Generator<Parser> {
  yield parser
  for (const child of parser.commands) yield* everyParser(child)
}

/** Puts a command's usual flags in the place of its other spellings. */
function respell(table: readonly (Command | CommandGroup)[], args: readonly string[]): string[] {
  const command = table.find(
    (entry): entry is Command =>
      !isGroup(entry) && entry.spellings !== undefined && args.includes(entry.name),
  )
  const spellings = command?.spellings ?? {}
  return args.map((arg) => (Object.hasOwn(spellings, arg) ? (spellings[arg] as string) : arg))
}
