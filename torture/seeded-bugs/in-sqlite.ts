import { rules, type SeededBug } from './seeded-bug.ts'

const SOURCES = 'packages/tasklog-sqlite/src'

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

/** Mistakes in the log on SQLite. */
export const IN_SQLITE: readonly SeededBug[] = [
  bug(
    'settles whoever asks, whatever the token',
    'settle.ts',
    "WHERE token = ? AND status IN ('dequeued', 'running')`",
    "WHERE ? IS NOT NULL AND status IN ('dequeued', 'running')`",
    rules('sqlite', 'settle-|race-'),
  ),
  bug(
    'starts a task under any token',
    'claim.ts',
    "WHERE id = task_id AND token = task_token AND status = 'dequeued'`",
    "WHERE id = task_id AND status = 'dequeued'`",
    rules('sqlite', 'start-'),
  ),
  bug(
    "writes down a zombie's progress",
    'heartbeat.ts',
    'WHERE id = task_id AND token = task_token\n',
    'WHERE id = task_id\n',
    rules('sqlite', 'heartbeat-'),
  ),
  bug(
    'tells a zombie that it still holds its task',
    'claim.ts',
    'CROSS JOIN {tasks} ON id = task_id AND token = task_token',
    'CROSS JOIN {tasks} ON id = task_id',
    rules('sqlite', 'start-|heartbeat-'),
  ),
  bug(
    "adds a zombie's children",
    'add.ts',
    "return isHeld && parent.token === entry.parentToken ? null : 'parent_lost'",
    "return isHeld ? null : 'parent_lost'",
    rules('sqlite', 'parent-|family-|add-'),
  ),
  bug(
    'takes tasks from workers that are alive',
    'recover.ts',
    'NOT IN (SELECT worker FROM {workers} WHERE lease_until > :now)',
    'NOT IN (SELECT worker FROM {workers} WHERE lease_until > :now + 3600000)',
    rules('sqlite', 'recover-'),
  ),
  bug(
    'goes on for ever with a task that kills its workers',
    'recover.ts',
    "WHEN counted >= max_attempts THEN 'failed'",
    "WHEN counted >= max_attempts + 1000 THEN 'failed'",
    rules('sqlite', 'recover-'),
  ),
  bug(
    'refuses a settlement that is repeated because its reply was lost',
    'settle.ts',
    'return { id, accepted: row?.token === token, status: row?.status ?? null }',
    'return { id, accepted: false, status: row?.status ?? null }',
    rules('sqlite', 'settle-'),
  ),
  bug(
    'ends a child and leaves its parent to somebody else (not in one transaction)',
    'settle.ts',
    'const closed = rollUp(transaction, families)',
    'const closed = new Map<string, EndStatus>()',
    rules('sqlite', 'parent'),
  ),
  bug(
    'U2: claims a task by its id whatever its status',
    'claim.ts',
    "WHERE status = 'enqueued' AND hold IS NULL ORDER BY place`",
    'WHERE hold IS NULL ORDER BY place`',
    rules('sqlite', 'claim-'),
  ),
  bug(
    'U5: a parent that ends after its children waits for ever',
    'roll-up.ts',
    "if (status === 'child_running') return [id]",
    "if (status === 'child_running') return []",
    rules('sqlite', 'parent'),
  ),
  bug(
    'U6: a cancelled child keeps its parent open',
    'roll-up.ts',
    "AND child.status IN ('enqueued', 'dequeued', 'running', 'child_running')",
    "AND child.status IN ('enqueued', 'dequeued', 'running', 'child_running', 'cancelled')",
    rules('sqlite', 'parent|cancel-'),
  ),
  bug(
    'U7: moves a task on the word of somebody who read it earlier',
    'transition.ts',
    'AND status IN (SELECT value FROM json_each(:from))`',
    'AND :from IS NOT NULL`',
    rules('sqlite', 'transition-|cancel-|archive-'),
  ),
  {
    name: 'gives one owner the task of another who used the same key',
    patches: [
      {
        file: `${SOURCES}/add.ts`,
        right: 'ON owner = key_owner AND idempotency_key = key_text`',
        wrong: 'ON idempotency_key = key_text`',
      },
      {
        file: `${SOURCES}/add.ts`,
        right: '(owner: string, key: string): string {\n',
        wrong: '(_: string, key: string): string {\n  const owner = ""\n',
      },
    ],
    catcher: rules('sqlite', 'key-'),
  },
  bug(
    'takes another task under a used key for the same one',
    'add.ts',
    "holder.fingerprint === fingerprint ? 'existing' : 'conflict'",
    "'existing'",
    rules('sqlite', 'key-'),
  ),
  bug(
    'revives a lease that has run out',
    'pulse.ts',
    'WHERE worker = :worker AND lease_until > :now`',
    'WHERE worker = :worker`',
    { project: 'tasklog-sqlite', file: 'src/pulse.test.ts' },
  ),
  bug(
    'deletes a parent before its children',
    'transition.ts',
    '\n  AND NOT EXISTS (SELECT 1 FROM {tasks} AS child WHERE child.parent_id = {tasks}.id)',
    '',
    rules('sqlite', 'delete-'),
  ),
  bug(
    'hands out more than a queue may have under way',
    'claim.ts',
    'limit: Math.min(limit, room) }',
    'limit }',
    rules('sqlite', 'queue-|claim-'),
  ),
]
