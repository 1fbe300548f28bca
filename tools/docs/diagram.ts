import { dirname, join, relative } from 'node:path'
import { importsOf, isRelative, packageOf, readSource } from '../checks/source.ts'
import { publishedPackages, shippedFiles, type WorkspacePackage } from '../checks/workspace.ts'

/**
 * Who imports whom when the code runs, as Mermaid: of `packages` each package, of one package, such as `packages/core`,
 * each of its folders.
 */
export function diagramOf(root: string, of: string): string {
  const packages = publishedPackages(root)
  const one = packages.find(({ folder }) => folder === of)
  if (one === undefined && of !== 'packages') throw new Error(`there is no package ${of}`)
  return one === undefined ? packageDiagram(root, packages) : folderDiagram(root, one)
}

function packageDiagram(root: string, packages: readonly WorkspacePackage[]): string {
  const edges = packages.flatMap((each) =>
    importsAt(root, each).flatMap(({ specifier }) =>
      specifier.startsWith('@waybill/') ? [[each.shortName, packageOf(specifier).slice(9)] as const] : [],
    ),
  )
  return mermaid(
    packages.map(({ shortName }) => shortName),
    edges,
  )
}

function folderDiagram(root: string, one: WorkspacePackage): string {
  const edges = importsAt(root, one).flatMap(({ file, specifier }) => {
    if (!isRelative(specifier)) return []
    const from = folderIn(one, file)
    const to = folderIn(one, relative(root, join(root, dirname(file), specifier)))
    return from === null || to === null ? [] : [[from, to] as const]
  })
  return mermaid(edges.flat(), edges)
}

/** The folder of a file below `src`; null for what lies directly in it, such as the door. */
function folderIn({ folder }: WorkspacePackage, file: string): string | null {
  const [first = '', ...rest] = relative(`${folder}/src`, file).split('/')
  return rest.length === 0 ? null : first
}

function importsAt(root: string, each: WorkspacePackage): { file: string; specifier: string }[] {
  return shippedFiles(root, each).flatMap((file) =>
    importsOf(readSource(join(root, file))).flatMap(({ kind, specifier }) =>
      kind === 'type' || specifier === undefined ? [] : [{ file, specifier }],
    ),
  )
}

function mermaid(names: readonly string[], edges: readonly (readonly [string, string])[]): string {
  const nodes = [...new Set(names)].sort()
  const lines = edges.filter(([from, to]) => from !== to).map(([from, to]) => `  ${from} --> ${to}`)
  const linked = new Set(edges.flat())
  const alone = nodes.filter((name) => !linked.has(name)).map((name) => `  ${name}`)
  return ['flowchart TD', ...alone, ...[...new Set(lines)].sort()].join('\n')
}
