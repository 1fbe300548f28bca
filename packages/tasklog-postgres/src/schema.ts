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
  id text COLLATE "C" NOT NULL PRIMARY KEY,
  checksum text COLLATE "C" NOT NULL,
  applied_at timestamptz(3) NOT NULL
);
`

/**
 * All steps. `seq` is the order in which tasks were added. Text compares by its bytes (`COLLATE "C"`), whatever the
 * database's locale. Every change of a status writes a new version of the row into every index it belongs to, so there
 * are few of them and most are partial: a write pays only for those its row is in; the two that are not leave room
 * for the versions that a task's life brings. The status in the index of owners costs 147 bytes a task, for an index that
 * includes a column keeps a tuple for each version (https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION);
 * an index of its own would cost 27, and each write a sixth of its time. Columns of a fixed length and those of indexes
 * come first, where they are found without a walk over the others.
 */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  {
    id: '0001-task-log',
    sql: `
CREATE TABLE {tasks} (
  seq bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  due_at timestamptz(3) NOT NULL,
  attempt integer NOT NULL DEFAULT 0,
  max_attempts integer NOT NULL,
  priority smallint NOT NULL,
  master_status boolean NOT NULL,
  has_children boolean NOT NULL DEFAULT false,
  cancel_requested boolean NOT NULL DEFAULT false,
  id uuid NOT NULL PRIMARY KEY WITH (fillfactor = 50),
  status text COLLATE "C" NOT NULL DEFAULT 'enqueued',
  queue text COLLATE "C" NOT NULL,
  owner text COLLATE "C" NOT NULL,
  hold text COLLATE "C",
  worker text COLLATE "C",
  parent_id uuid,
  idempotency_key text COLLATE "C",
  limit_key text COLLATE "C",
  limit_max integer,
  token text COLLATE "C",
  claimed_at timestamptz(3),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  outcome text COLLATE "C",
  reason text COLLATE "C",
  fingerprint text COLLATE "C",
  task_name text COLLATE "C" NOT NULL,
  label text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  parameters jsonb NOT NULL,
  metadata jsonb,
  report jsonb,
  progress jsonb
);

-- claim: the next ready tasks of a queue, already in order
CREATE INDEX {prefix}tasks_ready ON {tasks} (queue, priority, seq) WHERE status = 'enqueued' AND hold IS NULL;
-- heartbeat, recover: what a worker holds, and what of it is to stop; a queue's concurrency is counted from it alone
CREATE INDEX {prefix}tasks_held ON {tasks} (worker, cancel_requested, queue) WHERE status IN ('dequeued', 'running');
-- promote: whose time comes next; blocked tasks are in another index, so they never stand in front
CREATE INDEX {prefix}tasks_due ON {tasks} (due_at, seq) WHERE hold = 'due';
-- promote: what waits for a slot of its limit key, oldest first
CREATE INDEX {prefix}tasks_limited ON {tasks} (limit_key, limit_max, due_at, seq) WHERE hold = 'limit';
-- promote: how many slots of a limit key are taken
CREATE INDEX {prefix}tasks_active ON {tasks} (limit_key)
  WHERE limit_key IS NOT NULL AND hold IS NULL AND status IN ('enqueued', 'dequeued', 'running');
-- search: an owner's page, by time; how many of an owner's stand where is answered by the index alone
CREATE INDEX {prefix}tasks_owner ON {tasks} (owner, created_at, id) INCLUDE (status) WITH (fillfactor = 50);
-- roll-up, cancel, delete: the children of a parent
CREATE INDEX {prefix}tasks_parent ON {tasks} (parent_id, status) WHERE parent_id IS NOT NULL;
-- add: an idempotency key is unique per owner
CREATE UNIQUE INDEX {prefix}tasks_key ON {tasks} (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE {workers} (
  worker text COLLATE "C" NOT NULL PRIMARY KEY,
  started_at timestamptz(3) NOT NULL,
  beat_at timestamptz(3) NOT NULL,
  lease_until timestamptz(3) NOT NULL,
  was_expired boolean NOT NULL,
  info jsonb
);

CREATE TABLE {queues} (
  queue text COLLATE "C" NOT NULL PRIMARY KEY,
  paused boolean NOT NULL,
  concurrency integer
);
`,
  },
]

/**
 * The log's time: the database's, when it received the statement, cut to whole milliseconds. A cast would round, and
 * half of all instants would lie in the future. A subquery is computed once for a statement, not once for each row.
 */
const NOW = `(SELECT date_trunc('milliseconds', statement_timestamp()))`

/**
 * Puts the names of a log's tables into a statement, and its time: `{now}`. Within an UPDATE, `{moment}` is never before
 * anything the row says happened, also after a wait for its lock and when the server's clock steps back. The names have
 * been checked, so they need no escaping.
 */
export function nameTables(sql: string, names: { readonly schema: string; readonly prefix: string }): string {
  return sql
    .replaceAll('{moment}', 'greatest({now}, updated_at)')
    .replaceAll('{now}', NOW)
    .replaceAll('{prefix}', names.prefix)
    .replace(
      /\{(tasks|workers|queues|schema)\}/g,
      (_, table: string) => `"${names.schema}"."${names.prefix}${table}"`,
    )
}
