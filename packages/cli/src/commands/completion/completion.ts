import { type Command, type CommandGroup, isGroup } from '../../command/command.ts'
import type { CommandContext } from '../../command/command-context.ts'
import { GLOBAL_INPUTS } from '../../command/global-options.ts'
import type { Input } from '../../command/inputs.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { COMMANDS } from '../table.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import type { CompletionOptions } from './shells.ts'
import { zshScript } from './zsh.ts'

/** Something a shell can complete. */
export interface Word {
  readonly word: string
  readonly does: string
}

/** What may follow some words; no words: what may follow `waybill`. */
export interface Place {
  /** One or two words, separated by a space. */
  readonly path: string
  readonly words: readonly Word[]
}

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript }

/** Prints the script. */
export async function run(
  { output }: CommandContext,
  { shell = 'bash' }: CompletionOptions,
): Promise<ExitCode> {
  await output.write(SCRIPTS[shell](placesOf(COMMANDS)))
  return EXIT.done
}

/** All places of a table. */
export function placesOf(table: readonly (Command | CommandGroup)[]): readonly Place[] {
  const top = table.map(wordOf)
  const places: Place[] = [
    {
      path: '',
      words: [...top, { word: 'help', does: 'Prints the help of a command' }, ...flagsOf(GLOBAL_INPUTS)],
    },
  ]
  for (const entry of table) {
    if (!isGroup(entry)) {
      places.push({ path: entry.name, words: optionsOf(entry) })
      continue
    }
    places.push({ path: entry.name, words: entry.commands.map(wordOf) })
    for (const each of entry.commands)
      places.push({ path: `${entry.name} ${each.name}`, words: optionsOf(each) })
  }
  return places
}

function wordOf({ name, summary }: Command | CommandGroup): Word {
  return { word: name, does: summary }
}

function optionsOf(command: Command): readonly Word[] {
  return [...flagsOf(command.inputs), ...flagsOf(GLOBAL_INPUTS), { word: '--help', does: 'prints this help' }]
}

function flagsOf(inputs: Readonly<Record<string, Input<never>>> | object): readonly Word[] {
  return Object.values(inputs as Readonly<Record<string, Input<unknown>>>).flatMap(
    ({ kind, flags, description }) => {
      const long = /--[\w-]+/.exec(flags)?.[0]
      return kind === 'argument' || long === undefined ? [] : [{ word: long, does: description }]
    },
  )
}
