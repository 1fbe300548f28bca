import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderDocs } from '../scripts/render-docs.ts'
import { type Command, isGroup } from '../src/command/command.ts'
import { parseLine } from '../src/command/parse-line.ts'
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

/** The calls of the command that the texts people read show, in shell blocks and in sentences. */
function shownLines(): readonly (readonly [place: string, line: string])[] {
  const root = new URL('../../../', import.meta.url)
  const files = globSync(['*.md', 'docs/*.md', 'packages/*/README.md', 'examples/*.md'], { cwd: root })
  // docs/cli.md is made from the commands.
  return files
    .filter((file) => file !== 'docs/cli.md')
    .flatMap((file) => {
      const text = readFileSync(new URL(file, root), 'utf8')
      const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
        block.split('\n'),
      )
      const spans = [...text.matchAll(/`((?:npx )?waybill [^`\n]+)`/g)].map(([, span = '']) => span)
      return [...blocks, ...spans].flatMap((line) => {
        const [, call] = /^(?:npx )?waybill (.*?)(?: +#.*| [&|>].*)?$/.exec(line) ?? []
        return call === undefined ? [] : [[file, call] as const]
      })
    })
}

test.each(shownLines())('%s shows a command that is understood: waybill %s', (_, line) => {
  const args = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')
  const parsed = parseLine(COMMANDS, args, { width: 80, version: '0' })
  expect(parsed.kind === 'command' || parsed.exitCode === 0).toBe(true)
})
