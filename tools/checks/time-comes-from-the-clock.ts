import { basename, join } from 'node:path'
import { Visitor } from 'oxc-parser'
import type { Problem } from './problem.ts'
import { lineOf, readSource } from './source.ts'
import { publishedPackages, shippedFiles } from './workspace.ts'

const rule = 'time-comes-from-the-clock'
const KEPT_BY = new Set(['core', 'broker-durable'])

/** Code that asks the machine for the time cannot be tested with another one: only `clock.ts` may. */
export function timeComesFromTheClock(root: string): Problem[] {
  return publishedPackages(root)
    .filter(({ shortName }) => KEPT_BY.has(shortName))
    .flatMap((each) => shippedFiles(root, each))
    .filter((file) => basename(file) !== 'clock.ts')
    .flatMap((file) =>
      readingsOfTheTime(join(root, file)).map(({ line, text }) => ({
        file: `${file}:${line}`,
        rule,
        message: `${text} asks the machine for the time; take a Clock`,
      })),
    )
}

function readingsOfTheTime(path: string): { line: number; text: string }[] {
  const source = readSource(path)
  const found: { line: number; text: string }[] = []
  const add = (node: { start: number; end: number }) =>
    found.push({ line: lineOf(source, node.start), text: source.text.slice(node.start, node.end) })

  new Visitor({
    MemberExpression(node) {
      if (/^Date\s*\.\s*now$/.test(source.text.slice(node.start, node.end))) add(node)
    },
    CallExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date') add(node)
    },
    NewExpression(node) {
      const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date'
      if (isDate && node.arguments.length === 0) add(node)
    },
  }).visit(source.program)
  return found
}
