import { rules, type SeededBug } from './seeded-bug.ts'

const SOURCES = 'packages/tasklog-postgres/src'
const FAULTS = { project: 'tasklog-postgres', file: 'test/faults.test.ts' }

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

/** Mistakes in the log on PostgreSQL. */
export const IN_POSTGRES: readonly SeededBug[] = [
  bug(
    'settles whoever asks, whatever the token',
    'settle.ts',
    'const HELD = `id = task_id AND token = task_token AND',
    'const HELD = `id = task_id AND',
    rules('postgres', 'settle-'),
  ),
  bug(
    'starts a task under any token',
    'claim.ts',
    `WHERE id = task_id AND token = task_token AND \${IS_HELD} AND status <> 'running'\``,
    `WHERE id = task_id AND \${IS_HELD} AND status <> 'running'\``,
    rules('postgres', 'start-'),
  ),
  bug(
    "writes down a zombie's progress",
    'heartbeat.ts',
    `WHERE id = task_id AND token = task_token AND \${IS_HELD}`,
    `WHERE id = task_id AND \${IS_HELD}`,
    rules('postgres', 'heartbeat-'),
  ),
  bug(
    "adds a zombie's children",
    'add.ts',
    "return isHeld && parent.token === entry.parentToken ? null : 'parent_lost'",
    "return isHeld ? null : 'parent_lost'",
    rules('postgres', 'parent|add-'),
  ),
  bug(
    'U10: a claim waits for what another has locked',
    'claim.ts',
    '  FOR UPDATE SKIP LOCKED',
    '  FOR UPDATE',
    { ...FAULTS, names: 'holds up no claim' },
  ),
  bug(
    'a lease ends by the clock of the worker, which is an hour slow',
    'heartbeat.ts',
    "{now} + :leaseMs * interval '1 millisecond', true",
    `to_timestamp(\${Date.now() / 1_000 - 3_600}) + :leaseMs * interval '1 millisecond', true`,
    rules('postgres', 'heartbeat-|recover-'),
  ),
  bug(
    'takes tasks from workers that are alive',
    'recover.ts',
    'WHERE lease_until <= {now} ORDER BY worker',
    "WHERE lease_until <= {now} + interval '1 hour' ORDER BY worker",
    rules('postgres', 'recover-'),
  ),
  {
    name: 'two last children each see the other unfinished: nobody locks the parent',
    patches: [
      {
        file: `${SOURCES}/roll-up.ts`,
        right: 'WHERE id = ANY (ARRAY(SELECT id FROM above)) ORDER BY id FOR UPDATE`',
        wrong: 'WHERE id = ANY (:ids::uuid[]) ORDER BY id FOR UPDATE`',
      },
      {
        file: `${SOURCES}/roll-up.ts`,
        right: 'WHERE id = ANY (:ids::uuid[]) ORDER BY id FOR UPDATE`\n\n/**\n * Ends those',
        wrong: 'WHERE id = ANY (:ids::uuid[]) ORDER BY id`\n\n/**\n * Ends those',
      },
    ],
    catcher: { project: 'tasklog-postgres', file: 'test/last-children.test.ts' },
  },
  bug(
    'repeats a change whose commit may have got through, without asking',
    'transaction.ts',
    'if (commit !== null && (await isCommitted(connection, commit.xid, thrown))) return commit.done as Answer',
    '',
    FAULTS,
  ),
  bug(
    'says of a connection that broke during a write that it failed',
    'transaction.ts',
    'throw isUnknown || isRepeat ? outcomeUnknown(error) : toStoreError(error)',
    'throw toStoreError(error)',
    { project: 'tasklog-postgres', file: 'test/every-statement.test.ts', names: 'gone for good' },
  ),
  bug(
    'claims again when the reply to a claim was lost',
    'claim.ts',
    'if (isRepeat) {',
    'if (isRepeat && limit < 0) {',
    FAULTS,
  ),
  bug(
    'leaves a transaction open when a statement fails',
    'transaction.ts',
    "    await transaction.run('ROLLBACK')\n",
    '',
    FAULTS,
  ),
]
