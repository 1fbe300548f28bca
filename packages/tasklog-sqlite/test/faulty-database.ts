import Database from 'better-sqlite3'
import type { SqliteDatabase, SqliteStatement } from '../src/index.ts'

/** What a statement fails with, and whether it was done before. */
export interface Fault {
  readonly code: string
  readonly when: 'before' | 'after'
}

/** A real database in memory whose statements can be made to fail, by number or by text. */
export class FaultyDatabase implements SqliteDatabase {
  readonly #database = new Database(':memory:')
  #fault: (sql: string) => Fault | null = () => null

  get name(): string {
    return this.#database.name
  }
  get memory(): boolean {
    return this.#database.memory
  }
  get open(): boolean {
    return this.#database.open
  }
  get inTransaction(): boolean {
    return this.#database.inTransaction
  }

  /** Fails the statements the function answers a fault for, from now on. */
  fail(fault: (sql: string) => Fault | null): void {
    this.#fault = fault
  }

  prepare(sql: string): SqliteStatement {
    const statement = this.#database.prepare(sql)
    const guarded =
      <Answer>(run: (...values: unknown[]) => Answer) =>
      (...values: unknown[]): Answer =>
        this.#guard(sql, () => run.apply(statement, values))
    return { all: guarded(statement.all), get: guarded(statement.get), run: guarded(statement.run) }
  }

  exec(sql: string): unknown {
    return this.#guard(sql, () => this.#database.exec(sql))
  }

  pragma(sql: string, options?: { simple?: boolean }): unknown {
    return this.#database.pragma(sql, options)
  }

  close(): void {
    this.#database.close()
  }

  #guard<Answer>(sql: string, run: () => Answer): Answer {
    const fault = this.#fault(sql)
    if (fault?.when === 'before') throw new Database.SqliteError('injected', fault.code)
    const answer = run()
    if (fault?.when === 'after') throw new Database.SqliteError('injected', fault.code)
    return answer
  }
}
