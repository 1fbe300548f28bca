import { InvalidInputError } from '../errors/errors.ts'
import { show } from '../validation/show.ts'

/**
 * The steps of a path into JSON: `parameters.items[0].sku` is `['parameters', 'items', 0, 'sku']`.
 * @throws InvalidInputError when it is no path
 */
export function splitPath(path: string): (string | number)[] {
  const step = /(?:^|\.)([^.[\]]+)|\[(\d{1,9})\]/y
  const steps: (string | number)[] = []
  while (step.lastIndex < path.length) {
    const match = step.exec(path)
    if (match === null) {
      throw new InvalidInputError(
        'filter.path',
        `expected a path like parameters.items[0].sku, got ${show(path)}`,
      )
    }
    steps.push(match[1] ?? Number(match[2]))
  }
  return steps
}
