/** What makes a value no JSON, and where below the root it is: `.items[3]`. */
export interface Flaw {
  readonly path: string
  readonly message: string
}

/** No object or array may be nested deeper in what Waybill stores for a task. */
export const MAX_JSON_DEPTH = 64

/** Keys that change a prototype when careless code copies them. */
export function isForbiddenKey(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype'
}

/** What is wrong with a text that is to be stored: some databases refuse NUL and lone surrogates, others change them. */
export function textFlaw(text: string): string | undefined {
  if (!text.isWellFormed()) return 'a lone surrogate cannot be stored'
  return text.includes('\0') ? 'the character NUL cannot be stored' : undefined
}

/** One step of a path: `.name`, `[3]` or `["odd name"]`. */
export function pathStep(key: PropertyKey): string {
  if (typeof key === 'number') return `[${key}]`
  const name = String(key).slice(0, 60)
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

/** How much more may come; the objects and arrays above the value, outermost first. */
interface Walk {
  left: number
  readonly above: object[]
}

/** Says of a value that would need more than the allowed bytes that it is too large. */
export const TOO_LARGE: Flaw = { path: '', message: 'too large' }

/**
 * The first thing in a value that JSON would lose, change or refuse; undefined when there is none. Getters are never
 * called. The walk ends when what it has seen cannot fit into `maxBytes`, so shared references cost no more.
 */
export function findFlaw(value: unknown, maxBytes: number): Flaw | undefined {
  return flawIn(value, { left: maxBytes, above: [] })
}

function flawIn(value: unknown, walk: Walk): Flaw | undefined {
  walk.left -= typeof value === 'string' ? value.length + 1 : 1
  if (walk.left < 0) return TOO_LARGE
  switch (typeof value) {
    case 'string':
      return flaw(textFlaw(value))
    case 'number':
      return flaw(numberFlaw(value))
    case 'boolean':
      return undefined
    case 'object':
      return value === null ? undefined : flawInObject(value, walk)
    default:
      return flaw(`JSON has no ${typeof value}`)
  }
}

function flaw(message: string | undefined): Flaw | undefined {
  return message === undefined ? undefined : { path: '', message }
}

/** One comparison refuses NaN, the infinities and integers that 53 bits cannot tell apart. */
function numberFlaw(value: number): string | undefined {
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    return `${value} is no number that JSON keeps; use a text`
  return Object.is(value, -0) ? '-0 would become 0' : undefined
}

function flawInObject(value: object, walk: Walk): Flaw | undefined {
  const isArray = Array.isArray(value)
  if (walk.above.includes(value)) return flaw('a cycle: this object contains itself')
  if (walk.above.length >= MAX_JSON_DEPTH) return flaw(`nested deeper than ${MAX_JSON_DEPTH} levels`)
  if (!isArray && !isPlain(value)) return flaw(`JSON has no ${kindOf(value)}`)
  walk.above.push(value)
  const found = isArray ? flawInArray(value, walk) : flawInMembers(value, walk)
  walk.above.pop()
  return found
}

function flawInArray(value: readonly unknown[], walk: Walk): Flaw | undefined {
  if (Object.keys(value).length !== value.length || Object.getOwnPropertySymbols(value).length > 0) {
    return flaw('an array with holes or with properties of its own')
  }
  for (let index = 0; index < value.length; index += 1) {
    const found = flawInMember(value, index, walk)
    if (found !== undefined) return beneath(index, found)
  }
  return undefined
}

function flawInMembers(value: object, walk: Walk): Flaw | undefined {
  if (Object.getOwnPropertySymbols(value).length > 0) return flaw('JSON has no symbol')
  for (const key of Object.getOwnPropertyNames(value)) {
    walk.left -= key.length
    const found = isForbiddenKey(key) ? flaw('this key is not allowed') : flaw(textFlaw(key))
    const inside = found ?? flawInMember(value, key, walk)
    if (inside !== undefined) return beneath(key, inside)
  }
  return undefined
}

function beneath(key: PropertyKey, found: Flaw): Flaw {
  return found === TOO_LARGE ? found : { path: pathStep(key) + found.path, message: found.message }
}

/** Reads through the descriptor, so that no getter runs. */
function flawInMember(value: object, key: string | number, walk: Walk): Flaw | undefined {
  const member = Object.getOwnPropertyDescriptor(value, key)
  if (member === undefined || !('value' in member)) return flaw('a getter is not stored; put the value there')
  return member.enumerable === true ? flawIn(member.value, walk) : flaw('a hidden property is not stored')
}

/** Made by `{}`, by JSON.parse or with no prototype, also in another realm. */
function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

function kindOf(value: object): string {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === 'string' && name !== '' ? name.slice(0, 60) : 'such object'
}
