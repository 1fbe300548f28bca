import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { type Comment, type Program, parseSync, Visitor } from 'oxc-parser'

/** A parsed source file. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly program: Program
  readonly comments: readonly Comment[]
}

const parsed = new Map<string, Source>()

export function readSource(path: string): Source {
  const text = readFileSync(path, 'utf8')
  const known = parsed.get(path)
  if (known?.text === text) return known
  const { program, comments, errors } = parseSync(path, text)
  const [error] = errors
  if (error) throw new Error(`${path} is not valid TypeScript: ${error.message}`)
  const source = { path, text, program, comments }
  parsed.set(path, source)
  return source
}

export function lineOf(source: Source, position: number): number {
  return source.text.slice(0, position).split('\n').length
}

/** How a module comes in: `type` imports are gone when the code runs. */
export type ImportKind = 'static' | 'dynamic' | 'type'

export interface Import {
  readonly kind: ImportKind
  /** `undefined` when it is computed while the code runs. */
  readonly specifier: string | undefined
  readonly line: number
}

export function importsOf(source: Source): Import[] {
  const imports: Import[] = []
  const add = (kind: ImportKind, specifier: string | undefined, node: { start: number }) =>
    imports.push({ kind, specifier, line: lineOf(source, node.start) })

  new Visitor({
    ImportDeclaration: (node) => add(node.importKind === 'type' ? 'type' : 'static', node.source.value, node),
    ExportAllDeclaration: (node) =>
      add(node.exportKind === 'type' ? 'type' : 'static', node.source.value, node),
    ExportNamedDeclaration(node) {
      if (node.source) add(node.exportKind === 'type' ? 'type' : 'static', node.source.value, node)
    },
    ImportExpression(node) {
      const { source: from } = node
      const isText = from.type === 'Literal' && typeof from.value === 'string'
      add('dynamic', isText ? String(from.value) : undefined, node)
    },
    TSImportType: (node) => add('type', node.source.value, node),
  }).visit(source.program)
  return imports
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith('.')
}

export function isNodeBuiltin(specifier: string): boolean {
  return isBuiltin(specifier)
}

/** The package a specifier names: `@waybill/core/x` is of `@waybill/core`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
