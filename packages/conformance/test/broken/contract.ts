import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { type BrokenLog, pause } from './broken-log.ts'

/** Logs that break the contract as a whole. */
export const brokenContracts: readonly BrokenLog[] = [
  {
    name: 'creating the container again drops what is in it',
    breaks: 'container-001',
    tamper: (right) => ({
      createContainer: async () => {
        const where = { kind: 'and', nodes: [] } as const
        const all = await right.search({
          where,
          sort: 'id',
          direction: 'descending',
          limit: 1_000,
          offset: 0,
          after: null,
          omit: [],
        })
        const ids = all.map(({ id }) => id)
        await right.transition({
          event: 'force_archive',
          ids,
          from: ['enqueued', 'dequeued', 'running', 'child_running'],
          reason: null,
          report: null,
        })
        await right.delete(ids)
      },
    }),
  },
  {
    name: 'a transaction that is not supported is ignored',
    breaks: 'transaction-008',
    tamper: (right) => ({ add: async (entries) => right.add(entries) }),
  },
  {
    name: 'capabilities can be changed, and have a fact of their own',
    breaks: 'contract-001',
    tamper: (right) => ({ capabilities: { ...right.capabilities, fast: true } as never }),
  },
  {
    name: 'a log that says it folds Unicode folds ASCII only',
    breaks: 'filter-024',
    tamper: (right) => ({
      capabilities: Object.freeze({ ...right.capabilities, caseFolding: 'unicode' as const }),
    }),
  },
  {
    name: 'a log that says it takes transactions takes none',
    breaks: 'transaction-001..007',
    tamper: (right) => ({ capabilities: Object.freeze({ ...right.capabilities, transactions: true }) }),
  },
  {
    name: 'a log that says it cannot look into JSON does',
    breaks: 'path-014',
    tamper: (right) => ({ capabilities: Object.freeze({ ...right.capabilities, pathFilters: false }) }),
  },
  {
    name: 'a log is closed once only',
    breaks:
      'container-001..003 key-017 key-018 data-035 wake-002 race-001..009 race-101..122 close-001 close-002 close-005',
    tamper: (right) => {
      let isClosed = false
      return {
        close: async () => {
          if (isClosed) throw new Error('closed already')
          isClosed = true
          await right.close()
        },
      }
    },
  },
  {
    name: 'a log that is closed drops what is under way',
    breaks: 'close-005',
    tamper: (right) => ({
      add: async (...call) => {
        await pause()
        return right.add(...call)
      },
    }),
  },
  {
    name: 'a log that was closed answers',
    breaks: 'close-002',
    tamper: () => ({ close: async () => {} }),
  },
  {
    name: 'a closed log fails with an error of its driver',
    breaks: 'close-002',
    tamper: (right) => {
      let isClosed = false
      return {
        close: async () => {
          isClosed = true
          await right.close()
        },
        find: async (ids) => {
          if (isClosed) throw new TypeError('The connection is not open')
          return right.find(ids)
        },
      }
    },
  },
  {
    name: 'a part of the contract is missing',
    breaks: 'queue-001..005 race-009 contract-002 contract-003 close-002',
    isFoundAtRandom: true,
    tamper: () => ({ queueStates: undefined as never }),
  },
  {
    name: 'nobody is ever woken',
    breaks: 'wake-001..005',
    tamper: () => ({ onWake: () => () => {} }),
  },
  {
    name: 'who stopped listening is woken all the same',
    breaks: 'wake-005',
    tamper: (right) => ({
      onWake: (queue, wake) => {
        right.onWake(queue, wake)
        return () => {}
      },
    }),
  },
  {
    name: 'a log stores nothing',
    keeps:
      'add-006 key-003 key-006 key-009..014 data-034 data-035 find-003 find-006 search-013 count-002 claim-011 claim-015 start-005 settle-012 settle-019 promote-002 transition-002 cancel-005 request-004 contract-001..003 close-001 close-005',
    isFoundAtRandom: true,
    tamper: () => {
      const empty = createMemoryTaskLog()
      return {
        add: async (entries) => entries.map(({ id }) => ({ outcome: 'added', id })),
        heartbeat: async () => ({ expired: false, cancelRequested: [], lost: [] }),
        workerStates: async () => [],
        setQueue: async () => {},
        onWake: () => () => {},
        find: (ids) => empty.find(ids),
      }
    },
  },
  {
    name: 'having nothing to do is a mistake',
    breaks: 'add-006 find-003 claim-015 start-005 settle-012 transition-002 request-004 delete-003',
    isFoundAtRandom: true,
    tamper: (right) => ({
      add: async (entries, options) => right.add(some(entries), options),
      find: async (ids) => right.find(some(ids)),
      transition: async (change) => right.transition({ ...change, ids: some(change.ids) }),
      delete: async (ids) => right.delete(some(ids)),
      claim: async (request) => {
        if ('ids' in request.from) some(request.from.ids)
        return right.claim(request)
      },
      start: async (tasks) => right.start(some(tasks)),
      settle: async (settlements) => right.settle(some(settlements)),
      requestCancel: async (ids) => right.requestCancel(some(ids)),
    }),
  },
]

function some<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length === 0) throw new Error('syntax error at or near ")"')
  return items
}
