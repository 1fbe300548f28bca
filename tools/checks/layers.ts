import type { Problem } from './problem.ts'
import { publishedPackages, type WorkspacePackage } from './workspace.ts'

const rule = 'layers'
const CORE = '@waybill/core'

/** Conformance compares an adapter with the reference; testing is a whole Waybill in memory. */
const ALSO_KNOWN: Readonly<Record<string, readonly string[]>> = {
  conformance: ['@waybill/tasklog-memory'],
  testing: ['@waybill/broker-durable', '@waybill/tasklog-memory'],
}

/**
 * Core stands at the bottom, the command line at the top, everything else directly on core.
 * An adapter adds one driver; core and driver are peers, so that the application decides on their versions.
 */
export function layers(root: string): Problem[] {
  return publishedPackages(root)
    .filter(({ shortName }) => shortName !== 'core')
    .flatMap((each) => [
      ...(each.shortName === 'cli' ? [] : otherPackages(each)),
      ...corePeer(each),
      ...(isAdapter(each) ? driver(each) : []),
    ])
}

function isAdapter({ shortName }: WorkspacePackage): boolean {
  return /^(broker|tasklog)-/.test(shortName)
}

function otherPackages(each: WorkspacePackage): Problem[] {
  const { dependencies, peerDependencies } = each.manifest
  const known = [CORE, ...(ALSO_KNOWN[each.shortName] ?? [])]
  return Object.keys({ ...dependencies, ...peerDependencies })
    .filter((name) => name.startsWith('@waybill/') && !known.includes(name))
    .map((name) => problem(each, `depends on ${name}; of our own it may only know ${known.join(' and ')}`))
}

function corePeer(each: WorkspacePackage): Problem[] {
  const { peerDependencies = {}, devDependencies = {} } = each.manifest
  const isRight = CORE in peerDependencies && CORE in devDependencies
  return isRight ? [] : [problem(each, `needs ${CORE} in peerDependencies and in devDependencies`)]
}

function driver(each: WorkspacePackage): Problem[] {
  const { dependencies = {}, peerDependencies = {} } = each.manifest
  const drivers = Object.keys(peerDependencies).filter((name) => !/^@(waybill|types)\//.test(name))
  const own = Object.keys(dependencies)
  return [
    ...own.map((name) => problem(each, `has the dependency ${name}; an adapter has peers only`)),
    ...(drivers.length > 1 ? [problem(each, `has several drivers: ${drivers.join(', ')}`)] : []),
  ]
}

function problem({ folder, shortName }: WorkspacePackage, message: string): Problem {
  return { file: `${folder}/package.json`, rule, message: `${shortName} ${message}` }
}
