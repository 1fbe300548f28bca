import { isEnded } from '@waybill/core'
import type { MemoryTaskLog } from '@waybill/tasklog-memory'
import { column } from '../../src/task-log/filters.ts'
import { entry } from '../../src/task-log/trial.ts'
import { type BrokenLog, pause, showing } from './broken-log.ts'

/** A child that nobody sees and that never ends keeps its parent open. */
async function keepOpen(right: MemoryTaskLog, parentId: string): Promise<void> {
  const [parent] = await right.find([parentId])
  if (parent !== undefined && !isEnded(parent.status)) {
    await right.add([entry({ parentId, owner: parent.owner, queue: PHANTOM, delayMs: 86_400_000 })])
  }
}

const PHANTOM = 'phantom'

/** Reads that do not show phantoms. */
function withoutPhantoms(
  right: MemoryTaskLog,
): Pick<MemoryTaskLog, 'search' | 'count' | 'stats' | 'queueStates'> {
  const visible = column('queue', 'neq', PHANTOM)
  return {
    search: async (search) =>
      right.search({ ...search, where: { kind: 'and', nodes: [search.where, visible] } }),
    count: async (where) => right.count({ kind: 'and', nodes: [where, visible] }),
    stats: async (where) => right.stats({ kind: 'and', nodes: [where, visible] }),
    queueStates: async () => (await right.queueStates()).filter(({ queue }) => queue !== PHANTOM),
  }
}

/** Logs that lose track of families. */
export const brokenFamilies: readonly BrokenLog[] = [
  {
    name: 'a parent ends with its own run, whatever its children do',
    breaks:
      'filter-008 count-005 claim-010 promote-010 parent-001 parent-003 parent-007 parent-013..015 parent-017 parent-020 parent-021 parent-024 parent-027..029 parent-031 parent-032 parent-034..037 request-007 request-008 force-001 force-002 archive-002 restart-009..011 race-005 race-006',
    isFoundAtRandom: true,
    tamper: (right) => {
      const masters = new Map<string, boolean>()
      const show = <Row extends { readonly id: string; readonly masterStatus: boolean }>(row: Row): Row => ({
        ...row,
        masterStatus: masters.get(row.id) ?? row.masterStatus,
      })
      return {
        add: async (entries, options) => {
          for (const { id, masterStatus } of entries) masters.set(id, masterStatus)
          return right.add(
            entries.map((added) => ({ ...added, masterStatus: true })),
            options,
          )
        },
        find: async (ids) => (await right.find(ids)).map(show),
        search: async (search) => (await right.search(search)).map(show),
        claim: async (request) => (await right.claim(request)).map(show),
      }
    },
  },
  {
    name: 'U5: a parent that ends after its children waits for them for ever',
    breaks: 'parent-002..006 parent-010 parent-018 restart-008 restart-010 restart-011',
    isFoundAtRandom: true,
    tamper: (right) => ({
      ...withoutPhantoms(right),
      settle: async (settlements) => {
        const records = await right.find(settlements.map(({ id }) => id))
        for (const { id, hasChildren, masterStatus } of records) {
          const open = await right.count({
            kind: 'and',
            nodes: [column('parentId', 'eq', id), column('finishedAt', 'eq', null)],
          })
          if (hasChildren && !masterStatus && open === 0) await keepOpen(right, id)
        }
        return right.settle(settlements)
      },
    }),
  },
  {
    name: 'U6: a child that is cancelled keeps its parent open for ever',
    breaks: 'parent-011 race-101..112',
    tamper: (right) => ({
      ...withoutPhantoms(right),
      transition: async (change) => {
        if (change.event === 'cancel') {
          const records = await right.find(change.ids)
          for (const { parentId, status } of records) {
            if (parentId !== null && change.from.includes(status)) await keepOpen(right, parentId)
          }
        }
        return right.transition(change)
      },
    }),
  },
  {
    name: 'a failed child does not fail its parent',
    breaks: 'parent-003 parent-014 parent-020 parent-028 restart-011 race-005',
    tamper: (right) => {
      const show = <Row extends { readonly status?: unknown; readonly reason?: unknown }>(row: Row): Row =>
        row.reason === 'child_failed' && row.status === 'failed'
          ? { ...row, status: 'completed', outcome: 'completed', reason: null }
          : row
      return {
        find: async (ids) => (await right.find(ids)).map(show),
        search: async (search) => (await right.search(search)).map(show),
      }
    },
  },
  {
    name: 'children change a parent that is its own master',
    breaks: 'add-001 data-031 filter-008 claim-002 parent-008',
    isFoundAtRandom: true,
    tamper: (right) => ({
      add: async (entries, options) =>
        right.add(
          entries.map((added) => ({ ...added, masterStatus: false })),
          options,
        ),
    }),
  },
  {
    name: 'a child is added without a look at its parent',
    breaks: 'add-014..018 key-016 parent-023..026 close-005',
    isFoundAtRandom: true,
    tamper: (right) => ({
      add: async (entries, options) => {
        const outcomes = await right.add(entries, options)
        const orphans = entries.filter((_, index) => outcomes[index]?.outcome === 'refused')
        await right.add(orphans.map((orphan) => ({ ...orphan, parentId: null, parentToken: null })))
        return outcomes.map((outcome) =>
          outcome.outcome === 'refused' ? { outcome: 'added', id: outcome.id } : outcome,
        )
      },
    }),
  },
  {
    name: 'U4: an entry that could not be added is answered as added',
    breaks:
      'add-014..018 key-001 key-002 key-004 key-005 key-007 key-008 key-015..018 parent-023..026 race-101..106 race-109..112 race-115..119 race-121',
    isFoundAtRandom: true,
    tamper: (right) => ({
      add: async (entries, options) =>
        (await right.add(entries, options)).map(({ id }) => ({ outcome: 'added', id })),
    }),
  },
  {
    name: 'a parent takes children under any token',
    breaks: 'parent-023..025',
    isFoundAtRandom: true,
    tamper: (right) => ({
      add: async (entries, options) =>
        right.add(
          entries.map((added) => ({ ...added, parentToken: null })),
          options,
        ),
    }),
  },
  {
    name: 'a parent takes children of another owner',
    breaks: 'add-016 close-005',
    tamper: (right) => ({
      add: async (entries, options) => {
        const owners = new Map(
          (await right.find(entries.flatMap(({ parentId }) => parentId ?? []))).map(({ id, owner }) => [
            id,
            owner,
          ]),
        )
        return right.add(
          entries.map((added) => ({ ...added, owner: owners.get(added.parentId ?? '') ?? added.owner })),
          options,
        )
      },
    }),
  },
  {
    name: 'an entry that has children is not cancelled',
    breaks: 'parent-030 parent-031 transition-009 delete-004 delete-007',
    tamper: (right) => ({
      transition: async (change) => {
        if (change.event !== 'cancel') return right.transition(change)
        const moved: string[] = []
        for (const id of change.ids) {
          const hidden = await right.find([id])
          if (hidden[0]?.hasChildren !== true)
            moved.push(...(await right.transition({ ...change, ids: [id] })))
        }
        return moved
      },
    }),
  },
  {
    name: 'a deleted parent takes its children along',
    breaks: 'delete-004 delete-007',
    tamper: (right) => ({
      delete: async (ids) => {
        const children = await right.search({
          where: column('parentId', 'in', ids),
          sort: 'id',
          direction: 'ascending',
          limit: 1_000,
          offset: 0,
          after: null,
          omit: [],
        })
        await right.delete(children.map(({ id }) => id))
        return right.delete(ids)
      },
    }),
  },
  {
    name: 'a restarted child does not look whether its parent has ended',
    breaks: 'restart-003 restart-008',
    isFoundAtRandom: true,
    tamper: (right) => ({
      transition: async (change) => {
        const moved = await right.transition(change)
        return change.event === 'restart' ? change.ids : moved
      },
    }),
  },
  {
    name: 'an archived child still fails its parent',
    breaks: 'parent-009',
    tamper: (right) => {
      const failed = new Set<string>()
      const show = <Row extends { readonly id: string; readonly status?: unknown }>(row: Row): Row =>
        failed.has(row.id) && row.status === 'completed'
          ? { ...row, status: 'failed', outcome: 'failed', reason: 'child_failed' }
          : row
      return {
        transition: async (change) => {
          const moved = await right.transition(change)
          if (change.event !== 'archive') return moved
          for (const { parentId, outcome } of await right.find(moved)) {
            if (parentId !== null && outcome === 'failed') failed.add(parentId)
          }
          return moved
        },
        find: async (ids) => (await right.find(ids)).map(show),
      }
    },
  },
  {
    name: 'a child that is ended by force keeps its parent open for ever',
    breaks: 'parent-012 race-101..116',
    isFoundAtRandom: true,
    tamper: (right) => ({
      ...withoutPhantoms(right),
      transition: async (change) => {
        if (change.event.startsWith('force')) {
          for (const { parentId } of await right.find(change.ids)) {
            if (parentId !== null) await keepOpen(right, parentId)
          }
        }
        return right.transition(change)
      },
    }),
  },
  {
    name: 'families are closed some generations up, and no further',
    breaks: 'parent-016',
    tamper: (right) => {
      const generations = new Map<string, number>()
      return {
        ...withoutPhantoms(right),
        add: async (entries, options) => {
          for (const { id, parentId } of entries) {
            generations.set(id, (generations.get(parentId ?? '') ?? 0) + 1)
          }
          const outcomes = await right.add(entries, options)
          for (const { id } of entries) if (generations.get(id) === 20) await keepOpen(right, id)
          return outcomes
        },
      }
    },
  },
  {
    name: 'two last children that end at once each see the other open, and nobody closes their parent',
    breaks: 'race-005 race-101..106',
    tamper: (right) => {
      let inFlight = 0
      return {
        ...withoutPhantoms(right),
        settle: async (settlements) => {
          inFlight += 1
          await pause()
          const isAlone = inFlight === 1
          const records = isAlone ? [] : await right.find(settlements.map(({ id }) => id))
          for (const { parentId } of records) if (parentId !== null) await keepOpen(right, parentId)
          const answers = await right.settle(settlements)
          inFlight -= 1
          return answers
        },
      }
    },
  },
  {
    name: 'a parent is looked at before its child is added, and may have ended by then',
    breaks:
      'add-019 filter-030 count-005 claim-002 claim-010 promote-010 parent-001 parent-003 parent-007 parent-008 parent-013..015 parent-017 parent-018 parent-020 parent-021 parent-024 parent-027..037 request-005..008 force-001 force-002 archive-002 restart-008..011 delete-002 delete-004 delete-007 delete-008 race-005 race-006 close-005',
    isFoundAtRandom: true,
    tamper: (right) => {
      const parents = new Map<string, string>()
      return {
        ...showing(right, ({ id, parentId }) => ({ parentId: parents.get(id) ?? parentId })),
        add: async (entries, options) => {
          const seen = new Map(
            (await right.find(entries.flatMap(({ parentId }) => parentId ?? []))).map((parent) => [
              parent.id,
              parent,
            ]),
          )
          await pause()
          return right.add(
            entries.map((added) => {
              const parent = added.parentId === null ? undefined : seen.get(added.parentId)
              const wasFine = parent !== undefined && !isEnded(parent.status) && parent.owner === added.owner
              if (!wasFine || added.parentToken !== null) return added
              parents.set(added.id, parent.id)
              return { ...added, parentId: null }
            }),
            options,
          )
        },
      }
    },
  },
]
