import { describe, expect, it } from 'vitest'
import { categorizeStatus, type ReportedStatus, statusesIn, statusLabel } from './categorized-status.ts'
import {
  canTransition,
  END_STATUSES,
  type EndStatus,
  HELD_STATUSES,
  isEnded,
  OPEN_STATUSES,
  rollUpStatus,
  TASK_STATUSES,
  type TaskEvent,
  type TaskStatus,
  TRANSITIONS,
} from './status.ts'

const EVENTS = Object.keys(TRANSITIONS) as TaskEvent[]

/** The state machine as it is drawn: from, to, by. Everything that is not here must be refused. */
const DRAWN: readonly (readonly [TaskStatus, TaskStatus, readonly TaskEvent[]])[] = [
  ['enqueued', 'dequeued', ['claim']],
  ['enqueued', 'cancelled', ['cancel', 'force_cancel']],
  ['enqueued', 'child_running', ['cancel']],
  ['enqueued', 'archived', ['force_archive']],
  ['dequeued', 'running', ['start']],
  ...HELD_STATUSES.flatMap((held): (readonly [TaskStatus, TaskStatus, readonly TaskEvent[]])[] => [
    [held, 'completed', ['complete']],
    [held, 'failed', ['fail', 'expire']],
    [held, 'child_running', ['await_children', 'retry', 'release', 'expire']],
    [held, 'enqueued', ['retry', 'release', 'expire']],
    [held, 'cancelled', ['retry', 'release', 'expire', 'abort', 'force_cancel']],
    [held, 'archived', ['force_archive']],
  ]),
  ['child_running', 'completed', ['roll_up']],
  ['child_running', 'failed', ['roll_up']],
  ['child_running', 'cancelled', ['roll_up', 'force_cancel']],
  ['child_running', 'archived', ['force_archive']],
  ['completed', 'archived', ['archive']],
  ['failed', 'archived', ['archive']],
  ['cancelled', 'archived', ['archive']],
  ['failed', 'enqueued', ['restart']],
  ['cancelled', 'enqueued', ['restart']],
]

describe('the state machine', () => {
  it.each(TASK_STATUSES)('from %s allows what is drawn, and nothing else, by every event', (from) => {
    for (const to of TASK_STATUSES) {
      const drawn = DRAWN.find((each) => each[0] === from && each[1] === to)?.[2] ?? []
      for (const event of EVENTS) {
        expect([from, to, event, canTransition(from, to, event)]).toEqual([
          from,
          to,
          event,
          drawn.includes(event),
        ])
      }
      expect(canTransition(from, to)).toBe(drawn.length > 0)
    }
  })

  it('no event leaves a task where it is', () => {
    for (const status of TASK_STATUSES) expect(canTransition(status, status)).toBe(false)
  })

  it('U2: nothing but a restart brings an ended task back, and only an archived one stays for ever', () => {
    for (const from of END_STATUSES) {
      for (const to of OPEN_STATUSES) {
        const by = EVENTS.filter((event) => canTransition(from, to, event))
        expect(by).toEqual(from !== 'completed' && to === 'enqueued' ? ['restart'] : [])
      }
    }
    for (const to of TASK_STATUSES) expect(canTransition('archived', to)).toBe(false)
  })

  it('U7: cancelling moves only what is queued, and a cancelled task is never reported on', () => {
    expect(TRANSITIONS.cancel.from).toEqual(['enqueued'])
    for (const event of [
      'complete',
      'fail',
      'start',
      'claim',
      'await_children',
      'retry',
      'roll_up',
    ] as const) {
      expect(TRANSITIONS[event].from).not.toContain('cancelled')
    }
  })

  it('every status can be reached, and from every open one an end can be', () => {
    const reachable = (start: TaskStatus): Set<TaskStatus> => {
      const found = new Set<TaskStatus>([start])
      for (const from of found) for (const to of TASK_STATUSES) if (canTransition(from, to)) found.add(to)
      return found
    }
    expect([...reachable('enqueued')].sort()).toEqual([...TASK_STATUSES].sort())
    for (const open of OPEN_STATUSES)
      for (const end of END_STATUSES) expect(reachable(open).has(end)).toBe(true)
  })

  it('a status is either open or ended; held ones are open', () => {
    expect([...OPEN_STATUSES, ...END_STATUSES, 'archived'].sort()).toEqual([...TASK_STATUSES].sort())
    expect(TASK_STATUSES.filter(isEnded)).toEqual([...END_STATUSES, 'archived'])
    expect(HELD_STATUSES.every((held) => OPEN_STATUSES.includes(held))).toBe(true)
  })
})

describe('a parent whose children have ended', () => {
  const facts = END_STATUSES.flatMap((outcome) =>
    [true, false].flatMap((cancelRequested) =>
      [true, false].map((childFailed) => ({ outcome, cancelRequested, childFailed })),
    ),
  )

  it.each(facts)('ends by its own failure first, then a cancel, then a failed child: %o', (each) => {
    const expected: EndStatus =
      each.outcome === 'failed'
        ? 'failed'
        : each.outcome === 'cancelled' || each.cancelRequested
          ? 'cancelled'
          : each.childFailed
            ? 'failed'
            : 'completed'
    expect(rollUpStatus(each)).toBe(expected)
  })
})

describe('the status people see', () => {
  it.each<[ReportedStatus, string, string]>([
    ['enqueued', 'created', 'Queued'],
    ['dequeued', 'in_progress', 'In Progress'],
    ['running', 'in_progress', 'In Progress'],
    ['child_running', 'in_progress', 'In Progress'],
    ['completed', 'completed', 'Completed'],
    ['failed', 'failed', 'Failed'],
    ['unknown', 'failed', 'Failed'],
    ['archived', 'archived', 'Archived'],
    ['cancelled', 'cancelled', 'Cancelled'],
  ])('of %s is %s, called %s', (status, category, label) => {
    expect(categorizeStatus(status)).toBe(category)
    expect(statusLabel(categorizeStatus(status))).toBe(label)
  })

  it('divides the statuses of the log without gap and without overlap', () => {
    const categories = [...new Set(TASK_STATUSES.map(categorizeStatus))]
    expect(categories.flatMap((category) => [...statusesIn(category)]).sort()).toEqual(
      [...TASK_STATUSES].sort(),
    )
    for (const category of categories) {
      for (const status of statusesIn(category)) expect(categorizeStatus(status)).toBe(category)
    }
  })
})
