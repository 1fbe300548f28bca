/** One step of the schema: what a release adds to what the one before left. */
export interface SchemaStep {
  /** Never changes, never leaves the list; steps are taken in the order of the list. */
  readonly id: string
  /**
   * The statements, each ended by a semicolon at the end of a line, with `{tasks}` and so on for the names: see
   * {@link nameTables}. Every one can be run again: a step that broke off in the middle is repeated, because DDL commits
   * by itself (https://dev.mysql.com/doc/refman/8.0/en/implicit-commit.html).
   */
  readonly sql: string
}

/**
 * Text compares by its bytes, spaces at the end included. Only these two collations do: utf8mb4_bin takes 'a' and 'a '
 * for equal. Each server reads the comment that is meant for it
 * (https://mariadb.com/kb/en/comment-syntax/, https://dev.mysql.com/doc/refman/8.0/en/charset-binary-collations.html).
 */
const BYTEWISE = 'CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */'

const TABLE = `ENGINE = InnoDB ROW_FORMAT = DYNAMIC ${BYTEWISE}`

/** The table in which {@link SCHEMA_STEPS} that were taken are written down. */
export const CREATE_JOURNAL: string = `
CREATE TABLE IF NOT EXISTS {schema} (
  id VARCHAR(190) NOT NULL PRIMARY KEY,
  checksum VARCHAR(64) NOT NULL,
  applied_at BIGINT NOT NULL
) ${TABLE};
`

/**
 * All steps. `seq` is the order in which tasks were added. Instants are milliseconds since the epoch: a number is never
 * rounded, and no session's time zone changes it. JSON is kept as text: the JSON type of MySQL would order members and
 * change numbers, and MariaDB refuses to look into what is nested deeper than 32.
 *
 * There are no partial indexes, so an index has a row for every task, and generated columns bring together those that
 * are looked for. They are the same for all the rest, which an index then keeps together and never touches again: `stage`
 * orders what waits or is held, `slot` what waits for its time or waits for, or takes, a slot of its limit key,
 * `key_owner` those with an idempotency key, `child_status` the children of a parent.
 */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  {
    id: '0001-task-log',
    sql: `
CREATE TABLE IF NOT EXISTS {tasks} (
  seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(36) NOT NULL,
  parent_id VARCHAR(36),
  task_name VARCHAR(255) NOT NULL,
  queue VARCHAR(255) NOT NULL,
  parameters LONGTEXT NOT NULL,
  label VARCHAR(255) NOT NULL,
  owner VARCHAR(255) NOT NULL,
  category VARCHAR(32) NOT NULL,
  metadata LONGTEXT,
  status VARCHAR(16) NOT NULL DEFAULT 'enqueued',
  master_status TINYINT NOT NULL DEFAULT 0,
  outcome VARCHAR(16),
  reason VARCHAR(32),
  report LONGTEXT,
  progress LONGTEXT,
  priority SMALLINT NOT NULL DEFAULT 0,
  hold VARCHAR(8),
  idempotency_key VARCHAR(255),
  fingerprint VARCHAR(255),
  limit_key VARCHAR(255),
  limit_max INT,
  attempt INT NOT NULL DEFAULT 0,
  max_attempts INT NOT NULL,
  worker VARCHAR(255),
  token VARCHAR(32),
  cancel_requested TINYINT NOT NULL DEFAULT 0,
  has_children TINYINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL DEFAULT {now},
  updated_at BIGINT NOT NULL DEFAULT {now},
  due_at BIGINT NOT NULL DEFAULT {now},
  claimed_at BIGINT,
  started_at BIGINT,
  finished_at BIGINT,
  stage VARCHAR(8) GENERATED ALWAYS AS (CASE
    WHEN status = 'enqueued' THEN COALESCE(hold, 'ready')
    WHEN status IN ('dequeued', 'running') THEN CASE WHEN cancel_requested = 1 THEN 'asked' ELSE 'held' END END) STORED,
  slot VARCHAR(8) GENERATED ALWAYS AS (CASE
    WHEN hold IS NOT NULL THEN hold
    WHEN limit_key IS NOT NULL AND status IN ('enqueued', 'dequeued', 'running') THEN 'taken' END) STORED,
  slot_key VARCHAR(255) GENERATED ALWAYS AS (CASE
    WHEN hold = 'due' THEN ''
    WHEN status IN ('enqueued', 'dequeued', 'running') THEN limit_key END) STORED,
  slot_max INT GENERATED ALWAYS AS (CASE WHEN hold = 'limit' THEN limit_max ELSE 0 END) STORED,
  key_owner VARCHAR(255) GENERATED ALWAYS AS (CASE WHEN idempotency_key IS NOT NULL THEN owner END) STORED,
  child_status VARCHAR(16) GENERATED ALWAYS AS (CASE WHEN parent_id IS NOT NULL THEN status END) STORED,
  UNIQUE KEY tasks_id (id),
  -- claim: the next ready tasks of a queue, already in order; heartbeat, recover: what is held, and by whom
  KEY tasks_stage (stage, queue, priority, seq, worker),
  -- promote: whose time comes next; what waits for a slot of its limit key, oldest first; how many slots are taken
  KEY tasks_slot (slot, slot_key, slot_max, due_at, seq),
  -- search: an owner's page, by time; how many of an owner's stand where is answered by the index alone
  KEY tasks_owner (owner, created_at, id, status),
  -- roll-up, cancel, delete: the children of a parent
  KEY tasks_parent (parent_id, child_status),
  -- add: an idempotency key is unique per owner
  UNIQUE KEY tasks_key (idempotency_key, key_owner)
) ${TABLE};

CREATE TABLE IF NOT EXISTS {workers} (
  worker VARCHAR(255) NOT NULL PRIMARY KEY,
  started_at BIGINT NOT NULL,
  beat_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  info LONGTEXT
) ${TABLE};

CREATE TABLE IF NOT EXISTS {queues} (
  queue VARCHAR(255) NOT NULL PRIMARY KEY,
  paused TINYINT NOT NULL,
  concurrency INT
) ${TABLE};
`,
  },
]

/** The statements of a step, one by one: a connection takes no two at once unless it was told to. */
export function statementsOf(sql: string): string[] {
  return sql
    .split(/;$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}

/**
 * The log's time: the server's, in whole milliseconds since the epoch, cut and not rounded. UTC_TIMESTAMP is the same
 * throughout a statement and knows no time zone.
 */
export const NOW = `(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)`

/**
 * Puts the names of a log's tables into a statement, and its time: `{now}`. Within an UPDATE, `{moment}` is never before
 * anything the row says happened, also when the server's clock steps back. The prefix has been checked, so it needs no
 * escaping.
 */
export function nameTables(sql: string, prefix: string): string {
  return sql
    .replaceAll('{moment}', 'GREATEST({now}, updated_at)')
    .replaceAll('{now}', NOW)
    .replace(/\{(tasks|workers|queues|schema)\}/g, (_, table: string) => `\`${prefix}${table}\``)
}
