import { DatabaseSync } from 'node:sqlite'
import {
  type ClaimableTaskLogBroker,
  NotSupportedError,
  StoreError,
  type TaskLogCapabilities,
  WaybillError,
} from '@waybill/core'
import { createMemoryTaskLog, type MemoryTaskLog } from '@waybill/tasklog-memory'

/** Options of {@link createJournalTaskLog}. */
export interface JournalTaskLogOptions {
  /** The file; it is made when it is not there. */
  readonly file: string
  /** `FULL` (the default): what was answered survives a power cut. `OFF`: it survives the end of the process only. */
  readonly synchronous?: 'FULL' | 'OFF'
}

const CAPABILITIES: TaskLogCapabilities = Object.freeze({
  durable: true,
  multiProcess: true,
  transactions: false,
  pathFilters: true,
  caseFolding: 'ascii',
})

const CREATE_CONTAINER = `
  CREATE TABLE IF NOT EXISTS calls (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    method TEXT NOT NULL,
    input TEXT NOT NULL
  )`

// One statement is one transaction: a call is written whole or not at all, has its place among the calls of all
// processes, and an instant that is not before that of the call in front of it.
const APPEND = `
  INSERT INTO calls (at, method, input)
  VALUES (MAX(?, COALESCE((SELECT at FROM calls ORDER BY seq DESC LIMIT 1), 0)), ?, ?)
  RETURNING seq`

const CALLS_AFTER = 'SELECT seq, at, method, input FROM calls WHERE seq > ? ORDER BY seq'

/** Primary result codes that mean something to core: https://www.sqlite.org/rescode.html */
const STORE_ERRORS: ReadonlyMap<number, ConstructorParameters<typeof StoreError>[0]> = new Map([
  [5, 'store_contention'],
  [8, 'store_read_only'],
  [11, 'store_corrupt'],
  [13, 'store_full'],
  [14, 'store_unavailable'],
  [26, 'store_corrupt'],
])

/** The calls that change the log. Made again in the same order, at the same instants, they give the same log. */
type Write =
  | ('add' | 'transition' | 'delete' | 'claim' | 'start' | 'heartbeat' | 'settle' | 'recover' | 'promote')
  | ('retire' | 'requestCancel' | 'setQueue')

/**
 * A task log over one file, for any number of processes on one machine. The file has every call that changed the log;
 * each process makes them all, in the order of the file, on a reference log in its memory.
 */
export function createJournalTaskLog(options: JournalTaskLogOptions): ClaimableTaskLogBroker {
  const { file, synchronous = 'FULL' } = options
  let at = 0
  let replayed = 0
  const memory = createMemoryTaskLog({
    clock: { now: () => at, monotonic: () => at, setTimer: () => () => undefined },
  })
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA busy_timeout = 30000; PRAGMA synchronous = ${synchronous}`)

  function attempt<Result>(use: () => Result): Result {
    if (!database.isOpen) throw new WaybillError('closed', 'This journal is closed. Open it again.')
    try {
      return use()
    } catch (cause) {
      const { errcode = 0 } = cause as { readonly errcode?: number }
      const code = STORE_ERRORS.get(errcode & 0xff) ?? 'store_refused'
      const retryable = code === 'store_contention'
      const message = `SQLite answered with error ${errcode} (${file}).`
      throw new StoreError(code, message, { cause, nativeCode: String(errcode), retryable })
    }
  }

  /** Makes every call that was written since; answers what the one with the given number answered. */
  function replay(wanted?: unknown): unknown {
    const calls = attempt(() => database.prepare(CALLS_AFTER).all(replayed))
    let answer: unknown
    for (const call of calls) {
      at = Number(call['at'])
      replayed = Number(call['seq'])
      const method = memory[call['method'] as Write] as (...input: unknown[]) => unknown
      const answered = method.apply(memory, JSON.parse(String(call['input'])))
      if (call['seq'] === wanted) answer = answered
    }
    return answer
  }

  /** Writes a call down, then makes it: what is in the file is what happened. */
  async function write<Method extends Write>(
    method: Method,
    ...input: Parameters<MemoryTaskLog[Method]>
  ): Promise<Awaited<ReturnType<MemoryTaskLog[Method]>>> {
    const row = attempt(() => database.prepare(APPEND).get(Date.now(), method, JSON.stringify(input)))
    return (await replay(row?.['seq'])) as Awaited<ReturnType<MemoryTaskLog[Method]>>
  }

  /** The reference log, brought up to the last call of any process. */
  function read(): MemoryTaskLog {
    replay()
    return memory
  }

  return {
    specificationVersion: 1,
    id: 'journal',
    capabilities: CAPABILITIES,

    createContainer: async () => attempt(() => database.exec(CREATE_CONTAINER)),
    now: async () => attempt(() => Math.max(Date.now(), at)),
    close: async () => {
      if (database.isOpen) database.close()
    },

    find: async (ids) => read().find(ids),
    search: async (search) => read().search(search),
    count: async (where) => read().count(where),
    stats: async (where) => read().stats(where),
    queueStates: async () => read().queueStates(),
    workerStates: async () => {
      const states = await read().workerStates()
      return states.map((state) => ({ ...state, alive: state.leaseUntil > Math.max(Date.now(), at) }))
    },

    add: async (entries, options = {}) => {
      if (options.transaction !== undefined) throw new NotSupportedError('journal', 'transactions')
      return write('add', entries)
    },
    transition: async (change) => write('transition', change),
    delete: async (ids) => write('delete', ids),
    claim: async (request) => write('claim', request),
    start: async (tasks) => write('start', tasks),
    heartbeat: async (beat) => write('heartbeat', beat),
    settle: async (settlements) => write('settle', settlements),
    recover: async (request) => write('recover', request),
    promote: async (limit) => write('promote', limit),
    retire: async (worker) => write('retire', worker),
    requestCancel: async (ids) => write('requestCancel', ids),
    setQueue: async (queue, change) => write('setQueue', queue, change),
  }
}
