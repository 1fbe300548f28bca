import type { NewTaskLogRecord } from '@waybill/core'
import { type BrokenLog, showing } from './broken-log.ts'

/** A log that changes what it is given before it stores it. */
function storing(
  name: string,
  breaks: string,
  change: (added: NewTaskLogRecord) => NewTaskLogRecord,
): BrokenLog {
  return {
    name,
    breaks,
    tamper: (right) => ({
      add: async (entries, options) =>
        right.add(
          entries.map((added) => change(added)),
          options,
        ),
    }),
  }
}

function mapJson(text: string, map: (value: unknown) => unknown): string {
  return JSON.stringify(JSON.parse(text), (_key, value: unknown) => map(value))
}

/** Logs that give back something else than they were given. */
export const brokenData: readonly BrokenLog[] = [
  storing(
    'characters outside the basic plane become question marks',
    'data-007 data-012 data-016 data-025 data-032 filter-018 path-008 path-009 search-003',
    (added) => ({
      ...added,
      label: added.label.replace(/[\u{10000}-\u{10ffff}]/gu, '?'),
      parameters: added.parameters.replace(/[\u{10000}-\u{10ffff}]/gu, '?'),
    }),
  ),
  storing('text is normalised', 'data-005', (added) => ({ ...added, label: added.label.normalize('NFC') })),
  storing(
    'text is trimmed',
    'data-002 data-009 filter-001..005 filter-015 filter-020 filter-021 search-003',
    (added) => ({ ...added, label: added.label.trim() }),
  ),
  storing('an empty text is null', 'data-001 search-003 search-006', (added) => ({
    ...added,
    label: added.label || (null as never),
  })),
  storing('a label is cut to 191 bytes', 'data-025', (added) => ({
    ...added,
    label: Buffer.from(added.label).subarray(0, 191).toString(),
  })),
  storing('parameters are cut to 64 kilobytes', 'data-016 data-019', (added) => ({
    ...added,
    parameters: added.parameters.length > 65_535 ? '"cut"' : added.parameters,
  })),
  storing('control characters are taken out', 'data-003 data-010 filter-017', (added) => ({
    ...added,
    label: added.label.replace(/\p{Cc}/gu, ''),
  })),
  storing('markup is escaped', 'data-013', (added) => ({
    ...added,
    label: added.label.replaceAll('<', '&lt;'),
  })),
  storing('numbers are kept to 15 digits', 'data-020 path-004 path-013', (added) => ({
    ...added,
    parameters: mapJson(added.parameters, (value) =>
      typeof value === 'number' ? Number(value.toPrecision(15)) : value,
    ),
  })),
  storing(
    'text that looks like a number becomes one',
    'data-021 path-001 path-003 path-004 path-012',
    (added) => ({
      ...added,
      parameters: mapJson(added.parameters, (value) =>
        typeof value === 'string' && /^[\d.e]+$/.test(value) ? Number(value) : value,
      ),
    }),
  ),
  storing('members that are null are dropped', 'path-001 path-002 path-004', (added) => ({
    ...added,
    parameters: mapJson(added.parameters, (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
        : value,
    ),
  })),
  storing('lists are sorted', 'data-020 data-023', (added) => ({
    ...added,
    parameters: mapJson(added.parameters, (value) => (Array.isArray(value) ? value.toSorted() : value)),
  })),
  storing('JSON deeper than 32 levels is cut', 'data-018', (added) => ({
    ...added,
    parameters: /^(?:[[{][^[{]*){33}/.test(added.parameters) ? '"too deep"' : added.parameters,
  })),
  storing('priorities are kept as one byte', 'data-030', (added) => ({
    ...added,
    priority: Math.max(-128, Math.min(127, added.priority)),
  })),
  storing('a queue name is stored in lower case', 'claim-008 queue-005', (added) => ({
    ...added,
    queue: added.queue.toLowerCase(),
  })),
  storing(
    'an owner is stored without spaces around it',
    'key-014 data-001 data-002 data-009 search-017',
    (added) => ({
      ...added,
      owner: added.owner.trim(),
    }),
  ),
  storing('metadata is not stored', 'add-001 path-011 claim-002', (added) => ({ ...added, metadata: null })),
  storing(
    'the instant to be due at is ignored',
    'add-008 add-009 data-027..029 filter-031 promote-015',
    (added) => ({ ...added, dueAt: null }),
  ),
  storing(
    'a delay is ignored',
    'add-007 add-011 claim-011 claim-012 promote-001 promote-003 promote-004 queue-001',
    (added) => ({ ...added, delayMs: 0 }),
  ),
  storing(
    'a limit key is ignored',
    'add-001 add-010 data-001..015 filter-009..011 filter-013 filter-014 filter-025 filter-029 claim-002 claim-011 settle-009 recover-023 promote-006..013 promote-015 cancel-006 restart-006 queue-001 race-004',
    (added) => ({ ...added, limitKey: null, limitMax: null }),
  ),
  {
    name: 'instants are kept in local time and come back wrong around the change of the clock',
    breaks: 'data-027 data-028',
    tamper: (right) =>
      showing(right, ({ dueAt }) => {
        const isSummer = dueAt >= Date.UTC(2026, 2, 29, 1) && dueAt < Date.UTC(2026, 9, 25, 1)
        return { dueAt: isSummer ? dueAt + 3_600_000 : dueAt }
      }),
  },
  {
    name: 'instants after 2038 do not fit',
    breaks: 'data-027 data-029',
    tamper: (right) => showing(right, ({ dueAt }) => ({ dueAt: Math.min(dueAt, 2 ** 31 * 1_000) })),
  },
  {
    name: 'booleans come back as 0 and 1',
    breaks:
      'add-001 add-002 add-016 add-019 add-020 data-031 settle-027 parent-008 parent-022 parent-023 parent-031..033 request-001 request-002 request-006 request-008',
    isFoundAtRandom: true,
    tamper: (right) =>
      showing(right, ({ masterStatus, hasChildren, cancelRequested }) => ({
        masterStatus: Number(masterStatus) as never,
        hasChildren: Number(hasChildren) as never,
        cancelRequested: Number(cancelRequested) as never,
      })),
  },
  {
    name: 'entries show a column of the adapter',
    breaks: 'add-003',
    isFoundAtRandom: true,
    tamper: (right) => showing(right, () => ({ seq: 1 }) as object),
  },
  {
    // Not one of seconds: every now and then a second has just begun, and such a clock is right.
    name: 'the clock has minutes only',
    breaks: 'add-004 filter-032 claim-001 start-001 heartbeat-003 settle-001',
    tamper: (right) => ({ now: async () => Math.floor((await right.now()) / 60_000) * 60_000 }),
  },
  {
    name: 'the clock steps back',
    breaks: 'add-004 data-034 data-035 filter-032 claim-001 start-001 heartbeat-003 settle-001',
    tamper: (right) => {
      let times = 0
      return {
        now: async () => {
          times += 1
          return (await right.now()) - times
        },
      }
    },
  },
  storing('an empty object becomes an empty list', 'data-022 data-032', (added) => ({
    ...added,
    parameters: mapJson(added.parameters, (value) =>
      typeof value === 'object' && value !== null && Object.keys(value).length === 0 ? [] : value,
    ),
  })),
  storing('an escaped slash in JSON loses its backslash for good', 'data-024', (added) => ({
    ...added,
    parameters: added.parameters.replaceAll('\\/', '|'),
  })),
  storing('an owner is cut to 200 characters', 'data-026', (added) => ({
    ...added,
    owner: added.owner.slice(0, 200),
  })),
  storing('members that every object has are dropped', 'data-033', (added) => ({
    ...added,
    parameters: mapJson(added.parameters, (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).filter(([name]) => !(name in {})))
        : value,
    ),
  })),
]
