import { join } from 'node:path'
import type { ClaimableTaskLogBroker } from '@waybill/core'
import { lineFile } from '../evidence/files.ts'
import type { Write } from '../evidence/lines.ts'
import { moment } from '../evidence/moment.ts'
import { Recorder } from '../evidence/recorder.ts'
import { Failpoints } from '../faults/failpoints.ts'
import { StatementFaults } from '../faults/statement-faults.ts'
import { type OpenedLog, openLog } from '../stores/open-log.ts'
import type { News, Order, ProcessSetting } from './orders.ts'
import { SELF } from './self.ts'

/** By then one that was told to stop should have ended. */
const LATE_MS = 20_000
const LOOK_MS = 100
const STANDSTILL_MS = 200

/** What a process works with: a log whose calls are written down and at which it can fail, and ears for orders. */
export class Desk {
  /** The log, behind failpoints; what it is asked beneath them is written down. */
  readonly log: ClaimableTaskLogBroker
  readonly failpoints: Failpoints
  /** Takes lines of this process's history. */
  readonly write: Write
  /** Takes lines of the ledger that all processes share. */
  readonly ledger: Write
  /** Called when it is told to stop. */
  onStop: () => void = () => {}
  readonly #name: string
  readonly #opened: OpenedLog
  readonly #statements: StatementFaults

  constructor({ name, folder, address, timing, fail }: ProcessSetting) {
    this.#name = name
    this.write = lineFile(join(folder, `${name}.jsonl`))
    this.ledger = lineFile(join(folder, 'ledger.jsonl'))
    this.failpoints = new Failpoints(
      { kill: SELF.kill, freeze: () => this.#freeze(timing.leaseMs) },
      (failpoint, action) => {
        this.#fault(`${action} at ${failpoint}`)
        if (action === 'throw' || action === 'hang') this.#tell('failed')
      },
    )
    this.#statements = new StatementFaults((fault) => {
      this.#fault(`statement: ${fault}`)
      this.#tell('failed')
    })
    this.#opened = openLog(address, this.#statements)
    const recorder = new Recorder(name, this.write, moment)
    this.log = this.failpoints.around(recorder.record(this.#opened.log))
    if (fail !== null) this.failpoints.arm(fail.failpoint, fail.action, fail.nth)
    this.#watchTheMachine()
    process.on('message', (order: Order) => this.#obey(order))
    // Without its parent nobody would end it.
    process.on('disconnect', () => process.exit(1))
  }

  /** Tells the parent that it has begun its work. */
  ready(): void {
    this.#tell('ready')
  }

  #tell(news: News): void {
    process.send?.(news)
  }

  /** Closes the log. */
  async close(): Promise<void> {
    await this.#opened.close()
  }

  /** Writes down how much it takes. */
  measure(when: 'before' | 'after'): void {
    const memory = process.memoryUsage.rss()
    const handles = process.getActiveResourcesInfo().length
    this.write({ kind: 'usage', process: this.#name, when, memory, handles })
  }

  /** On a machine that has too much to do a process stands still although nothing befell it. */
  #watchTheMachine(): void {
    let looked = moment()
    setInterval(() => {
      const [from, to] = [looked, moment()]
      looked = to
      if (to - from > LOOK_MS + STANDSTILL_MS) this.write({ kind: 'trouble', from, to })
    }, LOOK_MS).unref()
  }

  #freeze(leaseMs: number): void {
    const began = moment()
    SELF.freeze()
    this.#fault(moment() - began > leaseMs ? 'freeze past the lease' : 'freeze')
  }

  #fault(name: string): void {
    this.write({ kind: 'fault', name, at: moment() })
  }

  #obey(order: Order): void {
    switch (order.do) {
      case 'stop':
        this.onStop()
        setTimeout(sayWhatIsLeft, LATE_MS).unref()
        break
      case 'fail':
        this.failpoints.arm(order.failpoint, order.action, order.nth)
        break
      case 'break statement':
        this.#statements.arm(order.nth, order.fault)
        break
      case 'calm':
        this.failpoints.calm()
        this.#statements.calm()
        break
    }
  }
}

function sayWhatIsLeft(): void {
  console.error(`It was told to stop and still has: ${process.getActiveResourcesInfo().join(', ')}`)
}
