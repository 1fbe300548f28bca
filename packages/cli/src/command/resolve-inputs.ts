import type { Environment } from '../output/surroundings.ts'
import type { Input, Inputs } from './inputs.ts'
import { type Given, parseText } from './parse-line.ts'

/** The value of each input: what was given, else what its variable says, else its initial value. */
export function resolveInputs<Options>(
  inputs: Inputs<Options>,
  given: Given,
  environment: Environment,
): Options {
  const values: Record<string, unknown> = {}
  for (const [name, input] of Object.entries<Input<unknown>>(
    inputs as Readonly<Record<string, Input<unknown>>>,
  )) {
    values[name] = given[name] ?? fromEnvironment(input, environment) ?? input.initial
  }
  return values as Options
}

function fromEnvironment(input: Input<unknown>, environment: Environment): unknown {
  const { variable, initial } = input
  const value = variable === undefined ? undefined : environment[variable]
  return value === undefined || value === '' ? undefined : parseText(input, value, initial, variable)
}
