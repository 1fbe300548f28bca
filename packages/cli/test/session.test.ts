import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { spansOf } from '../scripts/session/ansi.ts'
import { renderSvg } from '../scripts/session/render-svg.ts'
import { parseLine } from '../src/command/parse-line.ts'
import { COMMANDS } from '../src/commands/table.ts'

const asset = (name: string): string =>
  readFileSync(new URL(`../../../docs/assets/${name}`, import.meta.url), 'utf8')
const session = asset('session.txt')

test('the recorded session shows commands as they are; if not: pnpm --filter @waybill/cli session', () => {
  const lines = session.match(/(?<=^\$ waybill ).*/gm) ?? []
  const shown = lines.map((line) => {
    const args = (line.match(/'[^']*'|[^\s&]+/g) ?? []).map((word) => word.replaceAll("'", ''))
    const parsed = parseLine(COMMANDS, args, { width: 80, version: '' })
    return parsed.kind === 'command' ? parsed.command.name : parsed.text
  })
  expect(shown).toEqual(['enqueue', 'why', 'worker', 'tail', 'show', 'why'])
})

test('its picture has the same lines', () => {
  const drawn = asset('session.svg').match(/^<text.*$/gm) ?? []
  const texts = drawn.map((line) =>
    line
      .replace(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&'),
  )
  expect(texts).toEqual(session.split('\n').filter((line) => line !== ''))
})

test('colours become spans at their place; what moves the cursor is refused', () => {
  expect(spansOf('a \x1b[1m\x1b[32mok\x1b[39m b\x1b[22m c')).toEqual([
    { column: 0, text: 'a ', styles: [] },
    { column: 2, text: 'ok', styles: ['bold', 'green'] },
    { column: 4, text: ' b', styles: ['bold'] },
    { column: 6, text: ' c', styles: [] },
  ])
  expect(() => spansOf('\x1b[2J')).toThrow()
  expect(renderSvg(['<b> & "c"'], '')).toContain('>&lt;b> &amp; &quot;c&quot;<')
})
