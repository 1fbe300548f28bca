/** One step of the schema: what a release adds to what the one before left. */
export interface SchemaStep {
  /** Never changes, never leaves the list; steps are taken in the order of the list. */
  readonly id: string
  /** The statements, with `{tasks}` and so on for the names: see {@link nameTables}. */
  readonly sql: string
}

/** The table in which {@link SCHEMA_STEPS} that were taken are written down. */
export const CREATE_JOURNAL = `
CREATE TABLE IF NOT EXISTS {schema} (
  id TEXT NOT NULL PRIMARY KEY,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;
`

/**
 * All steps. `seq` is the order in which tasks were added; it is the rowid, so every index ends with it for free
 * (https://www.sqlite.org/rowidtable.html). Each partial index costs a write only the rows that are in it.
 */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  {
    id: '0001-task-log',
    sql: `
CREATE TABLE {tasks} (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  parent_id TEXT,
  task_name TEXT NOT NULL,
  queue TEXT NOT NULL,
  parameters TEXT NOT NULL,
  label TEXT NOT NULL,
  owner TEXT NOT NULL,
  category TEXT NOT NULL,
  metadata TEXT,
  status TEXT NOT NULL,
  master_status INTEGER NOT NULL,
  outcome TEXT,
  reason TEXT,
  report TEXT,
  progress TEXT,
  priority INTEGER NOT NULL,
  hold TEXT,
  idempotency_key TEXT,
  fingerprint TEXT,
  limit_key TEXT,
  limit_max INTEGER,
  attempt INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  worker TEXT,
  token TEXT,
  cancel_requested INTEGER NOT NULL,
  has_children INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  claimed_at INTEGER,
  started_at INTEGER,
  finished_at INTEGER
) STRICT;

-- claim: the next ready tasks of a queue, already in order
CREATE INDEX {prefix}tasks_ready ON {tasks} (queue, priority) WHERE status = 'enqueued' AND hold IS NULL;
-- heartbeat, recover: what a worker holds, and what of it is to stop; what a queue holds is counted from it alone
CREATE INDEX {prefix}tasks_held ON {tasks} (worker, cancel_requested, queue, status)
  WHERE status IN ('dequeued', 'running');
-- promote: whose time comes next; blocked tasks are in another index, so they never stand in front
CREATE INDEX {prefix}tasks_due ON {tasks} (due_at) WHERE hold = 'due';
-- promote: what waits for a slot of its limit key, in groups with the same limit, first due first
CREATE INDEX {prefix}tasks_limited ON {tasks} (limit_key, limit_max, due_at) WHERE hold = 'limit';
-- promote: how many slots of a limit key are taken
CREATE INDEX {prefix}tasks_active ON {tasks} (limit_key)
  WHERE limit_key IS NOT NULL AND hold IS NULL AND status IN ('enqueued', 'dequeued', 'running');
-- search: an owner's page, by time
CREATE INDEX {prefix}tasks_owner ON {tasks} (owner, created_at, id);
-- roll-up, cancel, delete: the children of a parent
CREATE INDEX {prefix}tasks_parent ON {tasks} (parent_id, status) WHERE parent_id IS NOT NULL;
-- add: an idempotency key is unique per owner
CREATE UNIQUE INDEX {prefix}tasks_key ON {tasks} (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE {workers} (
  worker TEXT NOT NULL PRIMARY KEY,
  started_at INTEGER NOT NULL,
  beat_at INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  info TEXT
) STRICT;

CREATE TABLE {queues} (
  queue TEXT NOT NULL PRIMARY KEY,
  paused INTEGER NOT NULL,
  concurrency INTEGER
) STRICT;
`,
  },
]

/** Takes everything back. */
export const DROP_TABLES: string = ['tasks', 'workers', 'queues', 'schema']
  .map((table) => `DROP TABLE IF EXISTS {${table}};`)
  .join('\n')

/** Puts the names of a log's tables into a statement. The prefix has been checked, so it needs no quotes. */
export function nameTables(sql: string, prefix: string): string {
  return sql.replace(/\{(prefix|tasks|workers|queues|schema)\}/g, (_, name: string) =>
    name === 'prefix' ? prefix : prefix + name,
  )
}
