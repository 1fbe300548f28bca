interface Host {
  readonly process?: { getBuiltinModule?: (name: string) => unknown }
}

/**
 * A module of the runtime, or undefined where there is none. Node, Bun and Deno answer; nothing is imported, so core
 * also loads where they do not exist (https://nodejs.org/api/process.html#processgetbuiltinmoduleid).
 */
export function builtin<Module>(name: string): Module | undefined {
  return (globalThis as Host).process?.getBuiltinModule?.(name) as Module | undefined
}
