import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderDocs } from '../scripts/render-docs.ts'
import { type Command, isGroup } from '../src/command/command.ts'
import { COMMANDS } from '../src/commands/table.ts'

const commands: readonly Command[] = COMMANDS.flatMap((entry) => (isGroup(entry) ? entry.commands : [entry]))

test('docs/cli.md is what the commands say of themselves; if not: pnpm --filter @waybill/cli docs', () => {
  const file = new URL('../../../docs/cli.md', import.meta.url)
  expect(readFileSync(file, 'utf8')).toBe(renderDocs(COMMANDS))
})

test('every command has a module that runs it, a summary without a full stop, and a word for each input', async () => {
  for (const command of commands) {
    expect(await command.load(), command.name).toHaveProperty('run')
    expect(command.summary, command.name).toMatch(/^[A-Z].*[^.]$/)
    for (const { flags, description } of Object.values(command.inputs)) {
      expect(description, `${command.name} ${flags}`).not.toBe('')
    }
  }
})
