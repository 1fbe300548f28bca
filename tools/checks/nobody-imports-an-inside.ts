import { join, relative } from 'node:path'
import type { Problem } from './problem.ts'
import { importsOf, isRelative, packageOf, readSource } from './source.ts'
import { allFiles, allPackages, type WorkspacePackage } from './workspace.ts'

const rule = 'nobody-imports-an-inside'

/** A package is entered through its door, by its tests and its neighbours as by everybody else. */
export function nobodyImportsAnInside(root: string): Problem[] {
  const packages = allPackages(root)
  const doors = new Set(packages.flatMap(doorsOf))

  return packages.flatMap((each) =>
    allFiles(root, each).flatMap((file) =>
      importsOf(readSource(join(root, file))).flatMap(({ specifier = '', line }) => {
        const message = isRelative(specifier)
          ? leaves(each, file, specifier) && `"${specifier}" leaves the package; import it by its name`
          : isInside(specifier, doors) &&
            `"${specifier}" is inside ${packageOf(specifier)}; import what its index.ts exports`
        return message ? [{ file: `${file}:${line}`, rule, message }] : []
      }),
    ),
  )
}

function doorsOf({ manifest }: WorkspacePackage): string[] {
  return Object.keys(manifest.exports ?? {}).map((path) => join(manifest.name, path))
}

function isInside(specifier: string, doors: ReadonlySet<string>): boolean {
  return specifier.startsWith('@waybill/') && specifier !== packageOf(specifier) && !doors.has(specifier)
}

function leaves({ folder }: WorkspacePackage, file: string, specifier: string): boolean {
  return relative(folder, join(file, '..', specifier)).startsWith('..')
}
