import { inject } from 'vitest'

/** What the command hands to the test file that it runs. */
export interface ProvidedToSuite {
  /** The URL of the module. */
  readonly module: string
  /** Only these rules or areas; all when there are none. */
  readonly only: readonly string[]
}

/** Under which name vitest carries it. */
export const PROVIDED = 'waybillConformance'

/** What the command handed on. */
export function provided(): ProvidedToSuite {
  return inject(PROVIDED as never) as ProvidedToSuite
}
