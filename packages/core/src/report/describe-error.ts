import { readProperty, textOf } from '../json/text.ts'

const MAX_STACK_LENGTH = 4_096
const MAX_CAUSES = 20

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

/** What caused it: its `cause`, or the errors of an AggregateError. */
export function causesOf(error: unknown): readonly unknown[] {
  const errors = readProperty(error, 'errors')
  const cause = isError(error) ? readProperty(error, 'cause') : undefined
  const several = error instanceof AggregateError && Array.isArray(errors) ? errors.slice(0, MAX_CAUSES) : []
  return cause === undefined || cause === null ? several : [cause, ...several]
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
