import { MASK } from '../output/redact.ts'

/** Members whose values are not shown unless the configuration names others. */
export const SECRET_MEMBERS: readonly string[] = [
  'password',
  'passwd',
  'secret',
  'token',
  'authorization',
  'apikey',
  'cookie',
]

/** Puts `***` in the place of the values of members with these names, or with names that end so, at any depth. */
export function hideMembers(value: unknown, names: readonly string[] = SECRET_MEMBERS): unknown {
  const wanted = names.map(plain)
  const hide = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(hide)
    if (typeof each !== 'object' || each === null) return each
    return Object.fromEntries(
      Object.entries(each).map(([name, inner]) => [
        name,
        isWanted(name) && inner !== null ? MASK : hide(inner),
      ]),
    )
  }
  const isWanted = (name: string): boolean => {
    const candidate = plain(name)
    return wanted.some((each) => candidate.endsWith(each))
  }
  return hide(value)
}

/** `API-Key`, `api_key` and `apiKey` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}
