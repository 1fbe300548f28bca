/** A value, or a promise of it. */
export type MaybePromise<Value> = Value | PromiseLike<Value>

/** Whether a value has to be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/**
 * Runs steps that yield what they have to wait for, and go on with what it came to. As long as nothing has to be waited
 * for this is synchronous: inside a transaction of better-sqlite3 no other code may have its turn.
 */
export function drive<Result>(steps: Generator<unknown, Result, unknown>): MaybePromise<Result> {
  const step = advance(steps, steps.next())
  return step.done === true ? step.value : driveOn(steps, step.value)
}

async function driveOn<Result>(steps: Generator<unknown, Result, unknown>, first: unknown): Promise<Result> {
  let waitedFor = first
  for (;;) {
    const [settled] = await Promise.allSettled([waitedFor])
    const step = advance(
      steps,
      settled.status === 'fulfilled' ? steps.next(settled.value) : steps.throw(settled.reason),
    )
    if (step.done === true) return step.value
    waitedFor = step.value
  }
}

/** Goes on until something has to be waited for. */
function advance<Result>(
  steps: Generator<unknown, Result, unknown>,
  from: IteratorResult<unknown, Result>,
): IteratorResult<unknown, Result> {
  let step = from
  while (step.done !== true && !isThenable(step.value)) step = steps.next(step.value)
  return step
}
