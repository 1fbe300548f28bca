import type { Command, CommandGroup } from '../command/command.ts'
import { tasks } from './tasks.ts'

/** All commands, in the order in which help lists them. */
export const COMMANDS: readonly (Command | CommandGroup)[] = [tasks]
