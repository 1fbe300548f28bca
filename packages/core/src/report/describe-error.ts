import { readProperty, textOf } from '../json/text.ts'

const MAX_STACK_LENGTH = 4_096
/** A report tells of at most so many causes. */
export const MAX_CAUSES = 20

/** What people and programs are told about whatever was thrown; never throws. */
export function describeError(error: unknown): { readonly message: string; readonly data?: unknown } {
  if (!isError(error)) return { message: textOf(error === undefined ? 'undefined was thrown' : error) }
  const name = text(readProperty(error, 'name')) ?? 'Error'
  const code = readProperty(error, 'code')
  const stack = text(readProperty(error, 'stack'))?.slice(0, MAX_STACK_LENGTH).toWellFormed()
  return {
    message: text(readProperty(error, 'message')) ?? name,
    data: {
      name: name.slice(0, 200),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : undefined),
      ...(stack === undefined ? undefined : { stack }),
    },
  }
}

/** What caused it: its `cause`, and the errors of an AggregateError; never throws. */
export function causesOf(error: unknown): readonly unknown[] {
  if (!isError(error)) return []
  const cause = readProperty(error, 'cause')
  const causes = cause === undefined || cause === null ? [] : [cause]
  try {
    const errors = readProperty(error, 'errors')
    return Array.isArray(errors) ? [...causes, ...errors.slice(0, MAX_CAUSES)] : causes
  } catch {
    return causes
  }
}

function isError(value: unknown): boolean {
  try {
    return value instanceof Error
  } catch {
    return false
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
