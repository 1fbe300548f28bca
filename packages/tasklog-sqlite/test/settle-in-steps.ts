import { parentPort, workerData } from 'node:worker_threads'
import type { Settlement } from '@waybill/core'
import Database from 'better-sqlite3'
import { createSqliteTaskLog, type SqliteDatabase } from '../src/index.ts'

/** What the thread is asked to settle, and before which of its statements it waits for the gate: 1 is the first. */
export interface SteppedSettlement {
  readonly settlement: Settlement
  readonly stopBefore: number
}

const { file, gate } = workerData as { readonly file: string; readonly gate: Int32Array }
const database = new Database(file)
let left = 0

/** A connection on which every statement is a step. */
const stepped = new Proxy<SqliteDatabase>(database, {
  get(target, name) {
    const member: unknown = Reflect.get(target, name)
    if (typeof member !== 'function') return member
    if (name !== 'prepare') return member.bind(target)
    return (sql: string) => {
      const statement = database.prepare(sql)
      const inSteps =
        <Answer>(run: (...values: unknown[]) => Answer) =>
        (...values: unknown[]): Answer => {
          left -= 1
          if (left === 0) waitAtGate()
          return run.apply(statement, values)
        }
      return { all: inSteps(statement.all), get: inSteps(statement.get), run: inSteps(statement.run) }
    }
  },
})

function waitAtGate(): void {
  parentPort?.postMessage('stopped')
  Atomics.wait(gate, 0, 0)
}

const log = createSqliteTaskLog({ database: stepped })
parentPort?.on('message', ({ settlement, stopBefore }: SteppedSettlement) => {
  left = stopBefore
  void log.settle([settlement]).then(([answer]) => parentPort?.postMessage(answer))
})
