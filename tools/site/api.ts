import { join } from 'node:path'
import type { Class, ClassElement } from 'oxc-parser'
import { type Declaration, Resolver } from '../checks/declarations.ts'
import type { Source } from '../checks/source.ts'
import { anchorOf } from '../docs/markdown.ts'

/** The reference of a package: each of its exports with its docstring and its declaration, without bodies. */
export function apiPage(root: string, shortName: string): string {
  const exports = new Resolver(root).exportsOf(join(root, 'packages', shortName, 'src/index.ts'))
  const sections = [...exports]
    .filter(([, declarations]) => declarations.length > 0)
    .sort(([left], [right]) => (left.toLowerCase() < right.toLowerCase() ? -1 : 1))
    .map(([name, declarations]) => section(name, declarations, new Set(exports.keys())))
  const title = `# API: @waybill/${shortName}`
  const intro = `Every export of \`@waybill/${shortName}\`, from its docstrings.`
  return `${[title, intro, ...sections].join('\n\n')}\n`
}

function section(name: string, declarations: readonly Declaration[], names: ReadonlySet<string>): string {
  const docs = declarations.flatMap(({ source, start }) => proseOf(docstringBefore(source, start), names))
  const code = declarations.map((each) => signatureOf(each, name)).filter((text) => text !== '')
  return [`## ${name}`, ...docs, `\`\`\`ts\n${code.join('\n')}\n\`\`\``].join('\n\n')
}

function docstringBefore({ text, comments }: Source, start: number): string | null {
  const before = comments.filter(({ end, type }) => end <= start && type === 'Block')
  const last = before.at(-1)
  if (last === undefined || !last.value.startsWith('*')) return null
  const between = text.slice(last.end, start).replace(/\/\/.*/g, '')
  return between.trim() === '' ? last.value.slice(1) : null
}

/** A docstring as Markdown; what it links to on this page is a link. Angle brackets would be taken for elements. */
function proseOf(docstring: string | null, names: ReadonlySet<string>): string[] {
  if (docstring === null) return []
  const text = docstring
    .replace(/^\s*\* ?/gm, '')
    .replace(/\{@link (\S+?)\}/g, (_, target: string) => linkTo(target, names))
    .replace(/(`[^`]*`)|</g, (_, code?: string) => code ?? '&lt;')
    .replace(/\s*@(param|throws|returns)\b/g, '\n- *$1*')
    .replace(/; \n- /g, '\n- ')
  return [text.trim()]
}

function signatureOf({ source, node }: Declaration, name: string): string {
  const slice = (from: number, to: number): string => source.text.slice(from, to).trim()
  switch (node.type) {
    case 'FunctionDeclaration':
      return slice(node.start, node.body?.start ?? node.end)
    case 'ClassDeclaration':
      return classOf(source, node)
    case 'VariableDeclaration': {
      const found = node.declarations.find(({ id }) => id.type === 'Identifier' && id.name === name)
      if (found === undefined) return slice(node.start, node.end)
      const { id, init } = found
      const whole = slice(id.start, found.end)
      return `const ${whole.length <= 300 || init == null ? whole : slice(id.start, id.end)}`
    }
    default:
      return slice(node.start, node.end)
  }
}

function classOf(source: Source, node: Class): string {
  const head = source.text.slice(node.start, node.body.start).trim()
  const members = node.body.body.flatMap((member) => memberOf(source, member))
  return `${head} {\n${members.join('\n')}\n}`
}

/** A member as its users see it: what is private is left out, and so are bodies. */
function memberOf(source: Source, member: ClassElement): string[] {
  if (!('key' in member) || member.key.type === 'PrivateIdentifier') return []
  if (member.accessibility === 'private' || member.accessibility === 'protected') return []
  const doc = docstringBefore(source, member.start)
  const body = isMethod(member) ? member.value.body?.start : member.value?.start
  const text = source.text
    .slice(member.start, body ?? member.end)
    .replace(/\s*=\s*$/, '')
    .trim()
  return [...(doc === null ? [] : [`  /**${doc}*/`]), `  ${text}`]
}

function isMethod(
  member: ClassElement,
): member is Extract<ClassElement, { type: 'MethodDefinition' | 'TSAbstractMethodDefinition' }> {
  return member.type === 'MethodDefinition' || member.type === 'TSAbstractMethodDefinition'
}

function linkTo(target: string, names: ReadonlySet<string>): string {
  const [name = ''] = target.split('.')
  return names.has(name) ? `[\`${target}\`](#${anchorOf(name)})` : `\`${target}\``
}
