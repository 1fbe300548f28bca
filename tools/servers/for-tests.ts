import type { TestServer } from './server.ts'

type Start = () => Promise<TestServer>

interface Shared {
  readonly server: Promise<TestServer>
  users: number
}

// Vitest loads the set-up once for each project that names it, each time with modules of its own.
const key = Symbol.for('waybill.tools.servers')
const holder = globalThis as { [key]?: Map<string, Shared> }
holder[key] ??= new Map()
const servers = holder[key]

/** Starts the server for the first project of a test run that asks, and gives the others the same one. */
export async function acquireServer(name: string, start: Start): Promise<TestServer> {
  const shared = servers.get(name) ?? { server: start(), users: 0 }
  servers.set(name, shared)
  shared.users++
  return shared.server
}

/** Stops the server when the last project that asked for it is done. */
export async function releaseServer(name: string): Promise<void> {
  const shared = servers.get(name)
  if (!shared) return
  shared.users--
  if (shared.users > 0) return
  servers.delete(name)
  await (await shared.server).stop()
}
