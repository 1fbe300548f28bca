import { textOf } from '../json/text.ts'

/** A wrong value in an error message: short, on one line, whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (value === null || typeof value !== 'object') return textOf(value).slice(0, 40)
  return Array.isArray(value) ? 'a list' : 'an object'
}
