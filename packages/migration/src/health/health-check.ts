import type { MaybePromise } from '../range/maybe-async.ts'

/**
 * Asked before every chunk: answers null when all is well, else a sentence that says what is not, for people. The
 * migration waits and asks again. A check that throws counts as bad.
 */
export type HealthCheck = () => MaybePromise<string | null>

/** What the first bad check says; null when all are good. */
export async function unhealthy(checks: readonly HealthCheck[]): Promise<string | null> {
  for (const check of checks) {
    try {
      const reason = await check()
      if (reason !== null) return reason
    } catch (error) {
      return `a health check failed: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return null
}
