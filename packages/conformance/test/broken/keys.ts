import type { NewTaskLogRecord } from '@waybill/core'
import type { MemoryTaskLog } from '@waybill/tasklog-memory'
import { column, searchOf } from '../../src/task-log/filters.ts'
import { type BrokenLog, pause, showing } from './broken-log.ts'

/** A log whose keys are told apart by something else. */
function keyedBy(
  name: string,
  breaks: string,
  keyOf: (added: NewTaskLogRecord, key: string) => string,
): BrokenLog {
  return {
    name,
    breaks,
    tamper: (right) => {
      const keys = new Map<string, string | null>()
      return {
        ...showing(right, ({ id, idempotencyKey }) => ({ idempotencyKey: keys.get(id) ?? idempotencyKey })),
        add: async (entries, options) =>
          right.add(
            entries.map((added) => {
              const { id, idempotencyKey } = added
              if (idempotencyKey === null) return added
              keys.set(id, idempotencyKey)
              return { ...added, idempotencyKey: keyOf(added, idempotencyKey) }
            }),
            options,
          ),
      }
    },
  }
}

async function owner(right: MemoryTaskLog, added: NewTaskLogRecord): Promise<string | undefined> {
  const where = {
    kind: 'and',
    nodes: [column('owner', 'eq', added.owner), column('idempotencyKey', 'eq', added.idempotencyKey)],
  } as const
  return (await right.search(searchOf({ where })))[0]?.id
}

/** Logs that get idempotency keys wrong. */
export const brokenKeys: readonly BrokenLog[] = [
  keyedBy('a key is unique per queue', 'key-004 filter-029', ({ queue }, key) => `${queue} ${key}`),
  keyedBy('a key is unique per task name', 'key-004 filter-029', ({ taskName }, key) => `${taskName} ${key}`),
  keyedBy('keys are told apart without regard to case', 'key-010', (_added, key) => key.toLowerCase()),
  keyedBy('keys are told apart without regard to trailing spaces', 'key-011', (_added, key) => key.trimEnd()),
  keyedBy('keys are told apart without regard to accents', 'key-012', (_added, key) =>
    key.normalize('NFD').replace(/\p{M}/gu, ''),
  ),
  keyedBy('keys are told apart by their first 200 characters', 'key-013', (_added, key) => key.slice(0, 200)),
  {
    name: 'keys are not looked at',
    breaks:
      'add-001 key-001 key-002 key-004 key-005 key-007 key-008 key-015 key-017 key-018 data-001..015 filter-029 race-101..122',
    isFoundAtRandom: true,
    tamper: (right) => ({
      add: async (entries, options) =>
        right.add(
          entries.map((added) => ({ ...added, idempotencyKey: null })),
          options,
        ),
    }),
  },
  {
    name: 'a key is unique over all owners',
    breaks: 'add-012 key-002 key-003 key-005 key-009 key-014 key-016 key-018',
    isFoundAtRandom: true,
    tamper: (right) => {
      const seen = new Map<string, string>()
      return {
        add: async (entries, options) => {
          const taken = entries.map(({ id, idempotencyKey }) => {
            const first = idempotencyKey === null ? undefined : seen.get(idempotencyKey)
            if (idempotencyKey !== null && first === undefined) seen.set(idempotencyKey, id)
            return first
          })
          const outcomes = await right.add(
            entries.filter((_, index) => taken[index] === undefined),
            options,
          )
          const rest = [...outcomes]
          return taken.map((id) =>
            id === undefined ? rest.shift() : { outcome: 'existing', id },
          ) as typeof outcomes
        },
      }
    },
  },
  {
    name: 'fingerprints are not compared',
    breaks: 'key-002 key-005 key-018',
    isFoundAtRandom: true,
    tamper: (right) => ({
      add: async (entries, options) =>
        right.add(
          entries.map((added) => ({ ...added, fingerprint: null })),
          options,
        ),
    }),
  },
  {
    name: 'a key is looked up first and taken later, so two may take it',
    breaks: 'key-017 key-018',
    tamper: (right) => {
      const hidden = new Map<string, string | null>()
      return {
        ...showing(right, ({ id, idempotencyKey }) => ({ idempotencyKey: hidden.get(id) ?? idempotencyKey })),
        add: async (entries, options) => {
          const [added] = entries
          if (entries.length !== 1 || added === undefined || added.idempotencyKey === null) {
            return right.add(entries, options)
          }
          const existing = await owner(right, added)
          await pause()
          if (existing !== undefined || (await owner(right, added)) === undefined)
            return right.add(entries, options)
          hidden.set(added.id, added.idempotencyKey)
          return right.add([{ ...added, idempotencyKey: null }], options)
        },
      }
    },
  },
  {
    name: 'a key is free again when its entry has ended',
    breaks: 'key-007 key-008 key-015 race-103 race-104 race-112 race-114..118 close-005',
    isFoundAtRandom: true,
    tamper: (right) => {
      const hidden = new Map<string, string | null>()
      return {
        ...showing(right, ({ id, idempotencyKey }) => ({ idempotencyKey: hidden.get(id) ?? idempotencyKey })),
        add: async (entries, options) =>
          right.add(
            await Promise.all(
              entries.map(async (added) => {
                if (added.idempotencyKey === null) return added
                const id = await owner(right, added)
                const [existing] = id === undefined ? [] : await right.find([id])
                if (existing === undefined || existing.finishedAt === null) return added
                hidden.set(added.id, added.idempotencyKey)
                return { ...added, idempotencyKey: null }
              }),
            ),
            options,
          ),
      }
    },
  },
  {
    name: 'an entry that is there already is a fault',
    breaks: 'add-012 add-013 close-005',
    tamper: (right) => ({
      add: async (entries, options) => {
        const ids = entries.map(({ id }) => id)
        if ((await right.find(ids)).length > 0 || new Set(ids).size < ids.length)
          throw new Error('duplicate key')
        return right.add(entries, options)
      },
    }),
  },
  {
    name: 'outcomes come in another order than the entries',
    breaks:
      'add-005 add-012 add-014 add-021 key-005 data-026 find-001 find-005 filter-001..015 filter-017..023 filter-025 filter-027..032 path-001..013 search-003 search-006..012 search-016 search-017 count-001 count-003..006 claim-003..008 claim-010..013 claim-017 claim-018 claim-021 claim-022 start-004 start-005 heartbeat-004 heartbeat-008 heartbeat-010 heartbeat-012 heartbeat-013 settle-011 settle-016 settle-020 settle-029 recover-017 recover-022 retire-002 promote-003..016 parent-002..006 parent-008 parent-009 parent-019 parent-020 parent-025 parent-031..033 transition-001 transition-004 transition-006 transition-007 cancel-002..006 request-001 request-002 force-001..003 force-005 archive-002 archive-004 restart-003 restart-009 delete-001 delete-002 delete-004 delete-006 queue-001 queue-005 worker-001 worker-003 race-001..005 race-007 race-008 race-101..122',
    isFoundAtRandom: true,
    tamper: (right) => ({
      add: async (entries, options) => (await right.add(entries, options)).toReversed(),
    }),
  },
  {
    name: 'one call adds at most five hundred entries',
    breaks: 'add-021 find-005 transition-007 delete-006',
    tamper: (right) => ({
      add: async (entries, options) => {
        const outcomes = await right.add(entries.slice(0, 500), options)
        return [...outcomes, ...entries.slice(500).map(({ id }) => ({ outcome: 'added' as const, id }))]
      },
    }),
  },
  {
    name: 'entries without a key share the empty one',
    breaks:
      'add-005 add-012 add-014 add-017..021 key-006 data-022 data-025 data-027 data-028 data-030 data-033 find-001 find-005 filter-001..015 filter-017..023 filter-025 filter-027 filter-028 filter-030..032 path-001..013 search-001..012 search-016 count-001 count-003..006 claim-002..008 claim-010..013 claim-017 claim-018 claim-021 claim-022 start-004 start-005 heartbeat-004 heartbeat-008 heartbeat-010 heartbeat-012 heartbeat-013 settle-011 settle-016 settle-020 settle-026 settle-028 settle-029 recover-017 recover-022 retire-002 promote-003..010 promote-012..016 parent-001..037 transition-001 transition-004 transition-006 transition-007 transition-009 cancel-002..006 request-001 request-002 request-005..009 force-001..005 archive-001 archive-002 archive-004 restart-003 restart-008..011 delete-001 delete-002 delete-004 delete-006..008 queue-001 queue-002 queue-005 worker-001 worker-003 wake-005 race-001..008',
    isFoundAtRandom: true,
    tamper: (right) => {
      const keyless = new Set<string>()
      return {
        ...showing(right, ({ id, idempotencyKey }) => ({
          idempotencyKey: keyless.has(id) ? null : idempotencyKey,
        })),
        add: async (entries, options) => {
          for (const { id, idempotencyKey } of entries) if (idempotencyKey === null) keyless.add(id)
          return right.add(
            entries.map((added) => ({ ...added, idempotencyKey: added.idempotencyKey ?? '' })),
            options,
          )
        },
      }
    },
  },
]
