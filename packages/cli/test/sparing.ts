import { isGroup } from '../src/command/command.ts'
import { COMMANDS } from '../src/commands/table.ts'
import { type CallOptions, call } from './in-process.ts'
import type { Project } from './project.ts'
import type { Outcome } from './spawn.ts'

/** What a command left, wherever it ran. */
export type Printed = Pick<Outcome, 'exitCode' | 'stdout' | 'stderr'>

const started = new Set<string>()

/**
 * Runs commands: each in a process of its own the first time a file of tests runs it on this place, afterwards in this one.
 *
 * @param place what the processes differ by, such as the database
 */
export function sparing(
  project: Project,
  place = '',
): (args: readonly string[], options?: Pick<CallOptions, 'input'>) => Promise<Printed> {
  return async (args, options = {}) => {
    const command = `${place} ${nameOf(args)}`
    if (started.has(command)) return await call(args, { ...options, folder: project.folder })
    started.add(command)
    return await project.waybill(args, options)
  }
}

function nameOf(args: readonly string[]): string {
  const entry = COMMANDS.find(({ name }) => name === args[0])
  return args.slice(0, entry !== undefined && isGroup(entry) ? 2 : 1).join(' ')
}
