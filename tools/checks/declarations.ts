import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ModuleExportName, Declaration as Node, Statement } from 'oxc-parser'
import { isRelative, packageOf, readSource, type Source } from './source.ts'

/** Where a name is declared, after following every re-export. */
export interface Declaration {
  readonly source: Source
  readonly node: Node
  /** Where the statement begins, `export` included: a docstring ends just before. */
  readonly start: number
}

type Declarations = Map<string, Declaration[]>

/** Follows names through the modules of a repository; what comes from outside is left out. */
export class Resolver {
  readonly #root: string
  readonly #exports = new Map<string, Declarations>()

  constructor(root: string) {
    this.#root = root
  }

  /** Everything a module exports. A name has several declarations when it is overloaded or is a value and a type. */
  exportsOf(path: string): ReadonlyMap<string, readonly Declaration[]> {
    const known = this.#exports.get(path)
    if (known) return known
    const exports: Declarations = new Map()
    this.#exports.set(path, exports)
    const source = readSource(path)
    for (const statement of source.program.body) this.#collect(source, statement, exports)
    return exports
  }

  /** What a name means inside a module. */
  lookUp(source: Source, name: string): readonly Declaration[] {
    const declared = declarationsIn(source).filter(({ node }) => namesOf(node).includes(name))
    return declared.length > 0 ? declared : this.#imported(source, name)
  }

  #collect(source: Source, statement: Statement, exports: Declarations): void {
    if (statement.type === 'ExportAllDeclaration') {
      const prefix = statement.exported ? `${textOf(statement.exported)}.` : ''
      for (const [name, found] of this.#exportsOfModule(source, statement.source.value)) {
        add(exports, prefix + name, found)
      }
    }
    if (statement.type !== 'ExportNamedDeclaration') return
    if (statement.declaration) {
      const declaration = { source, node: statement.declaration, start: statement.start }
      for (const name of namesOf(statement.declaration)) add(exports, name, [declaration])
    }
    for (const { local, exported } of statement.specifiers) {
      const name = textOf(local)
      const found = statement.source
        ? this.#exportsOfModule(source, statement.source.value).get(name)
        : this.lookUp(source, name)
      add(exports, textOf(exported), found ?? [])
    }
  }

  #imported(source: Source, name: string): readonly Declaration[] {
    for (const statement of source.program.body) {
      if (statement.type !== 'ImportDeclaration') continue
      for (const specifier of statement.specifiers) {
        if (specifier.type !== 'ImportSpecifier' || specifier.local.name !== name) continue
        const exports = this.#exportsOfModule(source, statement.source.value)
        return exports.get(textOf(specifier.imported)) ?? []
      }
    }
    return []
  }

  #exportsOfModule(from: Source, specifier: string): ReadonlyMap<string, readonly Declaration[]> {
    const path = isRelative(specifier)
      ? join(dirname(from.path), specifier)
      : join(this.#root, packageOf(specifier).replace('@waybill/', 'packages/'), 'src/index.ts')
    return existsSync(path) ? this.exportsOf(path) : new Map()
  }
}

function declarationsIn(source: Source): Declaration[] {
  return source.program.body.flatMap((statement) => {
    const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    return node && isDeclaration(node) ? [{ source, node, start: statement.start }] : []
  })
}

function isDeclaration(node: Statement | Node): node is Node {
  return /Declaration$|^TSDeclareFunction$/.test(node.type) && !/^(Import|Export)/.test(node.type)
}

function namesOf(node: Node): string[] {
  if (node.type === 'VariableDeclaration') {
    return node.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []))
  }
  return 'id' in node && node.id?.type === 'Identifier' ? [node.id.name] : []
}

function textOf(name: ModuleExportName): string {
  return name.type === 'Literal' ? name.value : name.name
}

function add(to: Declarations, name: string, found: readonly Declaration[]): void {
  to.set(name, [...(to.get(name) ?? []), ...found])
}
