/** A piece of SQL that was made here out of literals and fixed text; it is put into a statement as it is. */
export class Fragment {
  readonly text: string

  /** @param text SQL; never a value from outside that has not been through {@link literal} */
  constructor(text: string) {
    this.text = text
  }
}

/** What a parameter may be; a list becomes its members, separated by commas. */
export type Value = string | number | null | Fragment | readonly (string | number)[]

/** Printable ASCII without the quote and the backslash. */
const PLAIN = /^[ -&(-[\]-~]*$/

/**
 * A value as SQL. The driver would escape with backslashes, which mean nothing where the session's sql_mode has
 * NO_BACKSLASH_ESCAPES, and would write characters in the connection's character set. So a text that is not plain goes
 * as the hexadecimal digits of its UTF-8 bytes: no setting of a session can change what it says
 * (https://dev.mysql.com/doc/refman/8.0/en/hexadecimal-literals.html).
 */
export function literal(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return PLAIN.test(value) ? `'${value}'` : `_utf8mb4 X'${hex(value)}'`
  if (typeof value === 'number') return number(value)
  if (value instanceof Fragment) return value.text
  // IN () is no SQL; IN (NULL) is true for nothing.
  return value.length === 0 ? 'NULL' : value.map(literal).join(', ')
}

/** A text as its UTF-8 bytes, which compares with nothing but bytes. */
export function bytes(text: string): Fragment {
  return new Fragment(`X'${hex(text)}'`)
}

/**
 * For each row that a statement changes its own value: the one at the place its key has among the keys of the items.
 * MySQL changes rows from a list of values only by joining it, through two temporary tables; this does without and takes
 * two thirds of the time.
 */
export function each<Item>(
  column: 'id' | 'seq',
  items: readonly Item[],
  keyOf: (item: Item) => string | number,
): (value: (item: Item) => string | number | null) => Fragment {
  let place: string | null = null
  return (value) => {
    const values = items.map(value)
    const first = values[0] ?? null
    if (values.every((other) => other === first)) return new Fragment(literal(first))
    place ??= `FIELD(${column}, ${literal(items.map(keyOf))})`
    return new Fragment(`ELT(${place}, ${values.map(literal).join(', ')})`)
  }
}

/** Puts the values of its parameters, `:name`, into an SQL text. */
export function bind(sql: string, parameters: Readonly<Record<string, Value>>): string {
  return sql.replace(/:([a-z]\w*)/gi, (_, name: string) => {
    const value = parameters[name]
    if (value === undefined) throw new TypeError(`The statement has no value for :${name}`)
    return literal(value)
  })
}

/** The bytes of a text as the HEX function writes them. */
export function hex(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex').toUpperCase()
}

/** SQL has no infinity; nothing is beyond the largest number. */
function number(value: number): string {
  if (Number.isNaN(value)) throw new TypeError('NaN is no number for a database')
  return String(Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)))
}

/** With more, finding the place of a key among the keys costs more than another statement. */
const MAX_ROWS = 500
/** A server takes 16 MB at once unless set otherwise; hexadecimal digits double what is not ASCII. */
const MAX_LENGTH = 4_000_000

/**
 * Items in groups for one statement each: not too many, not too large, and none with two values for one id, of which
 * {@link each} would see the first alone.
 */
export function batches<Item extends { readonly id: string }>(
  items: readonly Item[],
  lengthOf: (item: Item) => number,
  maxRows: number = MAX_ROWS,
): Item[][] {
  const groups: Item[][] = []
  let ids = new Set<string>()
  let length = 0
  for (const item of items) {
    length += lengthOf(item)
    const isFull = ids.size === 0 || ids.size === maxRows || length > MAX_LENGTH || ids.has(item.id)
    if (isFull) {
      groups.push([])
      ids = new Set()
      length = lengthOf(item)
    }
    ids.add(item.id)
    groups.at(-1)?.push(item)
  }
  return groups
}
