import { readFileSync } from 'node:fs'
import { canTransition, type TaskStatus, TRANSITIONS } from '@waybill/core'
import { expect, test } from 'vitest'

/** What a state diagram shows: from where to where. */
function edgesOf(file: string): readonly (readonly [TaskStatus, TaskStatus])[] {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  const [, diagram = ''] = /```mermaid\nstateDiagram-v2\n([\s\S]*?)```/.exec(text) ?? []
  const edges = [...diagram.matchAll(/^ *(\w+) --> (\w+)/gm)]
  return edges.map(([, from, to]) => [from as TaskStatus, to as TaskStatus] as const)
}

test.each(['README.md', 'docs/concepts.md'])(
  'the diagram of %s shows only what the state machine allows',
  (file) => {
    const edges = edgesOf(file)
    expect(edges.length).toBeGreaterThan(10)
    for (const [from, to] of edges) expect(canTransition(from, to), `${from} --> ${to}`).toBe(true)
  },
)

test('the diagram of the concepts shows all of it but what is forced', () => {
  const shown = new Set(edgesOf('docs/concepts.md').map((edge) => edge.join(' --> ')))
  const all = Object.entries(TRANSITIONS)
    .filter(([event]) => !event.startsWith('force_'))
    .flatMap(([, { from, to }]) => from.flatMap((left) => to.map((right) => `${left} --> ${right}`)))
  expect([...new Set(all)].filter((edge) => !shown.has(edge))).toEqual([])
})
