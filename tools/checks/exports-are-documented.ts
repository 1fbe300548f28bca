import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Class, ClassElement, TSInterfaceDeclaration, TSSignature } from 'oxc-parser'
import { type Declaration, Resolver } from './declarations.ts'
import type { Problem } from './problem.ts'
import { lineOf, type Source } from './source.ts'
import { publishedPackages } from './workspace.ts'

const rule = 'exports-are-documented'

/**
 * What a user sees in an editor says what it promises: each export, each method of an interface and each public member of a
 * class. A plain field of a documented interface may speak by its name alone.
 */
export function exportsAreDocumented(root: string): Problem[] {
  const resolver = new Resolver(root)
  const problems = new Map<string, Problem>()

  for (const { folder } of publishedPackages(root)) {
    const door = join(root, folder, 'src/index.ts')
    if (!existsSync(door)) continue
    for (const [name, declarations] of resolver.exportsOf(door)) {
      for (const { source, start, what } of undocumented(resolver, name, declarations)) {
        const file = `${relative(root, source.path)}:${lineOf(source, start)}`
        problems.set(file, { file, rule, message: `${what} has no /** docstring */` })
      }
    }
  }
  return [...problems.values()]
}

interface Undocumented {
  readonly source: Source
  readonly start: number
  readonly what: string
}

function undocumented(
  resolver: Resolver,
  name: string,
  declarations: readonly Declaration[],
): readonly Undocumented[] {
  const [first] = declarations
  const isDocumented = declarations.some(({ source, start }) => hasDocstring(source, start))
  const own = first && !isDocumented ? [{ ...first, what: name }] : []
  return [...own, ...declarations.flatMap((each) => undocumentedMembers(resolver, name, each))]
}

function undocumentedMembers(
  resolver: Resolver,
  owner: string,
  { source, node }: Declaration,
): readonly Undocumented[] {
  const promised = node.type === 'ClassDeclaration' ? promisedBy(resolver, source, node) : new Set()
  return membersOf(node)
    .filter(({ name, start, isField }) => !isField && !promised.has(name) && !hasDocstring(source, start))
    .map(({ name, start }) => ({ source, start, what: `${owner}.${name}` }))
}

interface Member {
  readonly name: string
  readonly start: number
  /** A property of an interface that holds data, not a function. */
  readonly isField: boolean
}

function membersOf(node: Declaration['node']): Member[] {
  if (node.type === 'TSInterfaceDeclaration') return node.body.body.flatMap(member)
  if (node.type === 'ClassDeclaration') return uniqueByName(node.body.body.filter(isPublic).flatMap(member))
  return []
}

function member(element: TSSignature | ClassElement): Member[] {
  if (!('key' in element) || element.computed || element.key.type !== 'Identifier') return []
  const isField =
    element.type === 'TSPropertySignature' && element.typeAnnotation?.typeAnnotation.type !== 'TSFunctionType'
  return [{ name: element.key.name, start: element.start, isField }]
}

/** An overridden member keeps the docstring of the one it overrides; a constructor is explained by its class. */
function isPublic(element: ClassElement): boolean {
  if (!('key' in element) || element.override) return false
  if ('kind' in element && element.kind === 'constructor') return false
  return element.accessibility !== 'private' && element.accessibility !== 'protected'
}

/** The first of several: a getter speaks for its setter, an overload for the others. */
function uniqueByName(members: readonly Member[]): Member[] {
  return members.filter(({ name }, index) => members.findIndex((other) => other.name === name) === index)
}

/** The members of the interfaces a class implements: their promise is written there. */
function promisedBy(resolver: Resolver, source: Source, node: Class): ReadonlySet<string> {
  const names = (node.implements ?? []).flatMap(({ expression }) =>
    expression.type === 'Identifier' ? [expression.name] : [],
  )
  return new Set(names.flatMap((name) => interfaceMembers(resolver, source, name)))
}

function interfaceMembers(resolver: Resolver, source: Source, name: string): string[] {
  return resolver.lookUp(source, name).flatMap((found) => {
    if (found.node.type !== 'TSInterfaceDeclaration') return []
    const inherited = extendedBy(found.node).flatMap((each) => interfaceMembers(resolver, found.source, each))
    return [...membersOf(found.node).map((each) => each.name), ...inherited]
  })
}

function extendedBy(node: TSInterfaceDeclaration): string[] {
  return node.extends.flatMap(({ expression }) => (expression.type === 'Identifier' ? [expression.name] : []))
}

/** Other comments may stand between a docstring and what it documents. */
function hasDocstring(source: Source, start: number): boolean {
  const { comments, text } = source
  const before = comments.findLast(({ end }) => end <= start && text.slice(end, start).trim() === '')
  if (!before) return false
  const isDocstring = before.type === 'Block' && before.value.startsWith('*')
  return isDocstring || hasDocstring(source, before.start)
}
