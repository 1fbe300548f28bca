import { expect, test } from 'vitest'
import { manifestOf, repository } from '../checks/fixture.ts'
import { apiPage } from './api.ts'

const SOURCE = `
/** Counts to a {@link Limit}, not < 0. @throws RangeError when there is none */
export function count(to: Limit): number {
  return to
}
/** How far. */
export type Limit = number
/** Counts on. */
export abstract class Counter {
  /** Where it stands. */
  readonly at: number = 0
  #step = 1
  private hidden = 2
  /** One more. */
  next(): number {
    return this.at + this.#step
  }
  /** How many. */
  abstract all(): number
}
/** The most. */
export const MOST: Limit = 10
`

test('each export has its docstring and its declaration, without bodies and what is private', () => {
  const root = repository({
    'packages/core/package.json': manifestOf('core'),
    'packages/core/src/index.ts': "export * from './count.ts'",
    'packages/core/src/count.ts': SOURCE,
  })
  expect(apiPage(root, 'core')).toBe(`# API: @waybill/core

Every export of \`@waybill/core\`, from its docstrings.

## count

Counts to a [\`Limit\`](#limit), not &lt; 0.
- *throws* RangeError when there is none

\`\`\`ts
function count(to: Limit): number
\`\`\`

## Counter

Counts on.

\`\`\`ts
abstract class Counter {
  /** Where it stands. */
  readonly at: number
  /** One more. */
  next(): number
  /** How many. */
  abstract all(): number
}
\`\`\`

## Limit

How far.

\`\`\`ts
type Limit = number
\`\`\`

## MOST

The most.

\`\`\`ts
const MOST: Limit = 10
\`\`\`
`)
})
