import {
  END_STATUSES,
  type EndStatus,
  OPEN_STATUSES,
  rollUpStatus,
  TASK_STATUSES,
  type TaskStatus,
} from '@waybill/core'
import { expect, test } from 'vitest'
import { connect } from './connection.ts'
import { createContainer } from './container.ts'
import { resolveOptions } from './options.ts'
import { rollUp } from './roll-up.ts'
import { write } from './transaction.ts'

const connection = connect({ file: ':memory:' }, resolveOptions({}))
await write(connection, createContainer, { requiresSchema: false })

const INSERT = `
INSERT INTO {tasks} (id, parent_id, task_name, queue, parameters, label, owner, category, status, master_status, outcome,
  reason, priority, attempt, max_attempts, cancel_requested, has_children, created_at, updated_at, due_at)
VALUES (:id, :parentId, '', '', '{}', '', '', 'unknown', :status, 0, :outcome, :reason, 0, 0, 1, :cancelRequested, 1, 0, 0, 0)`

interface Facts {
  readonly outcome: EndStatus
  readonly cancelRequested: boolean
  readonly children: readonly TaskStatus[]
}

/** How a waiting parent ends; undefined while it waits. */
async function ends({ outcome, cancelRequested, children }: Facts): Promise<EndStatus | undefined> {
  return write(connection, (transaction) => {
    transaction.run('DELETE FROM {tasks}')
    const task = { parentId: null, outcome: null, reason: 'report', cancelRequested: 0 }
    transaction.run(INSERT, {
      ...task,
      id: 'parent',
      status: 'child_running',
      outcome,
      cancelRequested: Number(cancelRequested),
    })
    for (const [index, status] of children.entries()) {
      transaction.run(INSERT, { ...task, id: `child ${index}`, parentId: 'parent', status })
    }
    return rollUp(transaction, [{ id: 'parent', status: 'child_running', parentId: null }]).get('parent')
  })
}

test('a parent ends as core says, whatever it and its children ended as', async () => {
  for (const outcome of END_STATUSES) {
    for (const cancelRequested of [false, true]) {
      for (const first of [...END_STATUSES, 'archived' as const]) {
        for (const second of [...END_STATUSES, 'archived' as const]) {
          const childFailed = first === 'failed' || second === 'failed'
          expect(await ends({ outcome, cancelRequested, children: [first, second] })).toBe(
            rollUpStatus({ outcome, cancelRequested, childFailed }),
          )
        }
      }
    }
  }
})

test('a parent waits for a child in every status that is open, and for no other', async () => {
  for (const status of TASK_STATUSES) {
    const isOpen = OPEN_STATUSES.includes(status)
    expect(await ends({ outcome: 'failed', cancelRequested: false, children: [status] })).toBe(
      isOpen ? undefined : 'failed',
    )
  }
})

test('a chain of a thousand parents ends when its last child does', async () => {
  const ended = await write(connection, (transaction) => {
    transaction.run('DELETE FROM {tasks}')
    for (let depth = 0; depth < 1_000; depth += 1) {
      transaction.run(INSERT, {
        id: `${depth}`,
        parentId: depth === 0 ? null : `${depth - 1}`,
        status: 'child_running',
        outcome: 'completed',
        reason: null,
        cancelRequested: 0,
      })
    }
    return rollUp(transaction, [{ id: '999', status: 'child_running', parentId: '998' }])
  })
  expect(ended.size).toBe(1_000)
})
