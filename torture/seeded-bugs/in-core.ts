import { BROKER_WORLDS, type SeededBug, WORLDS } from './seeded-bug.ts'

/** One change in one file. */
function bug(
  name: string,
  file: string,
  right: string,
  wrong: string,
  catcher: SeededBug['catcher'],
): SeededBug {
  return { name, patches: [{ file: `packages/${file}`, right, wrong }], catcher }
}

/** Tests of broker-durable, in which the workers' are. */
function durable(file: string): SeededBug['catcher'] {
  return { project: 'broker-durable', file: `test/${file}.test.ts` }
}

/** Mistakes in core and in the brokers. */
export const IN_CORE: readonly SeededBug[] = [
  bug(
    'U1: a message whose claim moved nothing is never acknowledged',
    'core/src/worker/claim-deliveries.ts',
    'useless.push(...byId.values())',
    '',
    BROKER_WORLDS,
  ),
  bug(
    'U3: an outcome that could not be written is taken for written',
    'core/src/worker/settler.ts',
    "publish('waybill:worker:fault', () => ({ worker, during: 'settle', error }))",
    "return group.map(({ id }) => ({ id, accepted: true, status: 'completed' as const }))",
    WORLDS,
  ),
  bug(
    'U3: a message is acknowledged before its outcome is written',
    'core/src/worker/task-runner.ts',
    'this.settler.settle(ending).then(',
    'if (delivery.claim === undefined) this.#acknowledgements.submit(delivery).catch(() => {})\n    this.settler.settle(ending).then(',
    BROKER_WORLDS,
  ),
  bug(
    'U4: an entry that could not be written is taken for written',
    'core/src/queue/enqueuer.ts',
    'const outcomes = await this.#log.add(additions.map(({ entry }) => entry))',
    "const outcomes = await this.#log.add(additions.map(({ entry }) => entry)).catch(() => additions.map(({ entry }) => ({ outcome: 'added' as const, id: entry.id })))",
    WORLDS,
  ),
  bug(
    'U7: cancels a task that has started as if it were queued',
    'core/src/task/status.ts',
    "cancel: { from: ['enqueued'],",
    "cancel: { from: ['enqueued', 'dequeued', 'running'],",
    { project: 'core', file: 'src/task/status.test.ts' },
  ),
  bug(
    'U8: a message nobody can read vanishes',
    'core/src/worker/claim-deliveries.ts',
    "if (!isMessage(delivery.body)) quarantine(delivery, 'not a message of version 1')",
    '',
    durable('defects'),
  ),
  bug(
    'U9: what a worker has in its buffer is nobody else’s when it dies',
    'core/src/worker/sweeper.ts',
    'heart.isSteady ? await log.recover(RECOVERY) : []',
    '[]',
    WORLDS,
  ),
  bug(
    'U12: only one queue is asked, and the worker sleeps though another has work',
    'core/src/queue/task-selector.ts',
    '    return order\n',
    '    return order.slice(0, 1)\n',
    { project: 'broker-memory', file: 'test/task-selector.test.ts' },
  ),
  bug(
    'what a claim got whose reply was lost is held for ever',
    'core/src/worker/lost-claims.ts',
    'this.#doubtful = [...this.#doubtful, { token, since: this.#now() }]',
    '',
    WORLDS,
  ),
  bug(
    'every claim of a process has the same token',
    'core/src/identity/id.ts',
    "return globalThis.crypto.randomUUID().replaceAll('-', '')",
    "return '0'.repeat(32)",
    WORLDS,
  ),
  bug(
    'a broker that lost its messages is not told again',
    'core/src/worker/reconciler.ts',
    'await queue.push(found.map(({ id }) => ({ version: 1, id })))',
    '',
    BROKER_WORLDS,
  ),
  bug(
    'a further attempt is not written before it runs: a task that kills its worker never runs out of them',
    'core/src/worker/task-runner.ts',
    'return attempt > 1 || attempt >= maxAttempts',
    'return false',
    WORLDS,
  ),
  bug(
    'the second attempt adds its children again',
    'core/src/worker/running-task.ts',
    'const count = (this.#childKeys.get(print) ?? 0) + 1',
    'const count = (this.#childKeys.get(print) ?? 0) + this.attempt',
    durable('families'),
  ),
  bug(
    'a stopped worker burns an attempt of what it had not started',
    'core/src/worker/attempt-end.ts',
    "const GIVEN_BACK: AttemptEnd = { to: 'release',",
    "const GIVEN_BACK: AttemptEnd = { to: 'retry',",
    durable('worker-life'),
  ),
  bug(
    'a user sees the tasks of others',
    'core/src/task-log/user-task-log.ts',
    "asFilter(filter).and(new TaskLogFilter().eq('owner', this.user))",
    'asFilter(filter)',
    WORLDS,
  ),
  bug(
    'a worker starts tasks on a lease that has run out',
    'core/src/worker/heart.ts',
    'return this.#trustedForMs > 0',
    'return true',
    { project: 'testing', file: 'test/faults.test.ts' },
  ),
  bug(
    'after an outage the first to come back takes everything from the living',
    'core/src/worker/heart.ts',
    'return clock.monotonic() - this.#healthySince >= leaseMs',
    'return clock.monotonic() - this.#healthySince >= leaseMs * 0',
    { project: 'testing', file: 'test/faults.test.ts' },
  ),
  bug(
    'answers of a group go to the wrong callers',
    'core/src/queue/batcher.ts',
    'group[index]?.resolve(results[index] as Result)',
    'group[index]?.resolve(results[group.length - 1 - index] as Result)',
    { project: 'core', file: 'src/queue/batcher.test.ts' },
  ),
  bug(
    'the wait before a retry grows without a bound',
    'core/src/time/backoff.ts',
    'const full = Math.min(policy.baseMs * growth, policy.maxMs)',
    'const full = policy.baseMs * growth',
    { project: 'core', file: 'src/time/backoff.test.ts' },
  ),
  bug(
    'a timer of a month fires at once',
    'core/src/time/clock.ts',
    'const piece = Math.min(remaining, LONGEST_TIMER_MS)',
    'const piece = remaining',
    { project: 'core', file: 'src/time/clock.test.ts' },
  ),
  bug(
    'the reference log settles whoever asks, whatever the token',
    'tasklog-memory/src/claim.ts',
    'const isHeld = row?.token === token && (row',
    'const isHeld = row !== undefined && (row',
    WORLDS,
  ),
]
