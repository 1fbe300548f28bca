import { rules, type SeededBug } from './seeded-bug.ts'

const SOURCES = 'packages/tasklog-mysql/src'
const FAULTS = { project: 'tasklog-mysql', file: 'test/faults.test.ts' }

/** One change in one file of the adapter. */
function bug(
  name: string,
  file: string,
  right: string,
  wrong: string,
  catcher: SeededBug['catcher'],
): SeededBug {
  return { name, patches: [{ file: `${SOURCES}/${file}`, right, wrong }], catcher }
}

/** Mistakes in the log on MySQL and MariaDB. */
export const IN_MYSQL: readonly SeededBug[] = [
  bug(
    'settles whoever asks, whatever the token',
    'settle.ts',
    'const HELD = `id IN (:ids) AND token = :token AND',
    'const HELD = `id IN (:ids) AND',
    rules('mysql', 'settle-'),
  ),
  bug(
    'starts a task under any token',
    'claim.ts',
    "WHERE id IN (:ids) AND token = :token AND status = 'dequeued'`",
    "WHERE id IN (:ids) AND status = 'dequeued'`",
    rules('mysql', 'start-'),
  ),
  bug(
    'tells a zombie that it still holds its task',
    'claim.ts',
    "WHERE id IN (:ids) AND token = :token AND status IN ('dequeued', 'running')`",
    "WHERE id IN (:ids) AND status IN ('dequeued', 'running')`",
    rules('mysql', 'start-|heartbeat-'),
  ),
  bug(
    "adds a zombie's children",
    'add.ts',
    "return isHeld && parent.token === entry.parentToken ? null : 'parent_lost'",
    "return isHeld ? null : 'parent_lost'",
    rules('mysql', 'parent|add-'),
  ),
  bug(
    'U10: a claim waits for what another has locked',
    'claim.ts',
    'ORDER BY priority, seq LIMIT :limit FOR UPDATE SKIP LOCKED`',
    'ORDER BY priority, seq LIMIT :limit FOR UPDATE`',
    { project: 'tasklog-mysql', file: 'test/wake.test.ts', names: 'none has to wait for another' },
  ),
  bug(
    'a lease ends by the clock of the worker, which is an hour slow',
    'heartbeat.ts',
    'VALUES (:worker, {now}, {now}, {now} + :leaseMs, :info)',
    `VALUES (:worker, {now}, {now}, \${Date.now() - 3_600_000} + :leaseMs, :info)`,
    rules('mysql', 'heartbeat-|recover-'),
  ),
  bug(
    'keeps half of a transaction whose lock wait timed out',
    'transaction.ts',
    "    await connection.query(client, 'ROLLBACK')\n",
    '',
    FAULTS,
  ),
  bug(
    'trusts the isolation level of the pool it was given',
    'connection.ts',
    "this.#isOwn ? [BEGIN] : ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', BEGIN]",
    '[BEGIN]',
    { project: 'tasklog-mysql', file: 'test/last-children.test.ts' },
  ),
  bug(
    'says of a commit whose reply was lost that it failed',
    'transaction.ts',
    'if (isUnknown && !isRepeatable) throw outcomeUnknown(error)',
    'if (isUnknown && !isRepeatable) throw toStoreError(error)',
    FAULTS,
  ),
]
