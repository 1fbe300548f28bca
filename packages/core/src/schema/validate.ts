import { InvalidInputError } from '../errors/errors.ts'
import { pathStep } from '../json/flaw.ts'
import { tidyText } from '../json/text.ts'
import type { StandardResult, StandardSchemaV1 } from './standard-schema.ts'

const MAX_ISSUES = 3

/**
 * Checks a value with a Standard Schema; answers the schema's output, which may differ from the input.
 *
 * @param path names the value in the error, for example `parameters`
 * @throws InvalidInputError naming the exact path of the first issue, and its message with the next two
 */
export async function validateWith<Output>(
  schema: StandardSchemaV1<unknown, Output> | StandardSchemaV1<never, Output>,
  value: unknown,
  path: string,
): Promise<Output> {
  return outputOf(await run(schema, value, path), path)
}

/**
 * As {@link validateWith}, at once: for what must not wait, such as an enqueue inside a transaction of a
 * synchronous driver.
 *
 * @throws InvalidInputError also when the schema is asynchronous
 */
export function validateSync<Output>(
  schema: StandardSchemaV1<unknown, Output> | StandardSchemaV1<never, Output>,
  value: unknown,
  path: string,
): Output {
  const result = run(schema, value, path)
  if (!('then' in result)) return outputOf(result, path)
  result.catch(() => undefined)
  const hint = 'Enqueue outside the transaction, or use a schema without asynchronous checks'
  throw new InvalidInputError(
    path,
    `the task's schema is asynchronous, which this call cannot wait for. ${hint}.`,
  )
}

function run<Output>(
  schema: StandardSchemaV1<unknown, Output> | StandardSchemaV1<never, Output>,
  value: unknown,
  path: string,
): StandardResult<Output> | Promise<StandardResult<Output>> {
  const standard = schema?.['~standard']
  if (standard?.version !== 1 || typeof standard.validate !== 'function') {
    throw new InvalidInputError(path, 'its schema is no Standard Schema (zod, valibot, arktype ...)')
  }
  return standard.validate(value)
}

function outputOf<Output>(result: StandardResult<Output>, path: string): Output {
  if (result.issues === undefined) return result.value
  const [first] = result.issues
  const steps = (first?.path ?? []).map((step) => pathStep(typeof step === 'object' ? step.key : step))
  const messages = result.issues.slice(0, MAX_ISSUES).map((issue) => issue.message)
  throw new InvalidInputError(
    path + steps.join(''),
    tidyText(messages.join('; ') || 'refused by the schema', 1_000),
  )
}
