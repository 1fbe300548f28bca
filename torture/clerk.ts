import { setTimeout as sleep } from 'node:timers/promises'
import { type FilterExpression, TaskLog, WaybillError } from '@waybill/core'
import type { Write } from './evidence/lines.ts'
import type { Recorder } from './evidence/recorder.ts'
import { patiently } from './patiently.ts'
import { OWNERS, QUEUES } from './processes/orders.ts'
import type { OpenedLog } from './stores/open-log.ts'
import type { Chance } from './work/chance.ts'

const ALL: FilterExpression = { kind: 'and', nodes: [] }
/** So many of the newest entries are looked at each time. */
const SEEN = 60

/** Looks at the log while others work, and does to tasks what users and operators do. */
export class Clerk {
  readonly #taskLog: TaskLog
  readonly #chance: Chance
  readonly #write: Write
  #isOver = false
  #working: Promise<unknown> = Promise.resolve()

  constructor(opened: OpenedLog, recorder: Recorder, chance: Chance, write: Write) {
    this.#taskLog = new TaskLog(recorder.record(opened.log))
    this.#chance = chance
    this.#write = write
  }

  /** Goes on until it is told to stop. */
  start(): void {
    this.#working = Promise.all([
      this.#repeat(250, () => this.#look()),
      this.#repeat(400, () => this.#administer()),
    ])
  }

  /** Resolves when it does nothing any more, and no queue is paused. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#working
    for (const { name } of QUEUES) {
      await patiently(() => this.#taskLogBroker().setQueue(name, { paused: false }))
    }
  }

  #taskLogBroker() {
    return this.#taskLog.broker as OpenedLog['log']
  }

  async #repeat(pauseMs: number, action: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      try {
        await action()
      } catch (error) {
        // The database may be down, and what an operator asks for may not be allowed.
        if (!WaybillError.isInstance(error)) throw error
      }
      await sleep(this.#chance.between(0, 2 * pauseMs))
    }
  }

  async #newest(): Promise<readonly string[]> {
    const page = { offset: 0, after: null, omit: [], limit: SEEN } as const
    const found = await this.#taskLog.broker.search({
      where: ALL,
      sort: 'createdAt',
      direction: 'descending',
      ...page,
    })
    return found.map(({ id }) => id)
  }

  async #look(): Promise<void> {
    const log = this.#taskLogBroker()
    await log.stats(ALL)
    await log.queueStates()
    const ids = await this.#newest()
    if (ids.length > 0) await log.find(ids)
  }

  async #administer(): Promise<void> {
    const ids = await this.#newest()
    if (ids.length === 0) return
    const id = this.#chance.pick(ids)
    const action = this.#chance.pick([
      'cancel',
      'cancel',
      'cancel',
      'force',
      'restart',
      'archive',
      'pause',
      'view',
    ] as const)
    if (action === 'cancel') await this.#taskLog.cancel(id)
    if (action === 'force') await this.#taskLog.cancel(id, { force: true })
    if (action === 'restart') await this.#taskLog.restart(id)
    if (action === 'archive') await this.#taskLog.archive(id)
    if (action === 'pause') await this.#pauseForAWhile(this.#chance.pick(QUEUES).name)
    if (action === 'view') {
      const owner = this.#chance.pick(OWNERS)
      const found = await this.#taskLog.forUser(owner).search()
      this.#write({ kind: 'view', owner, ids: [...found].map((entity) => entity.id) })
    }
  }

  async #pauseForAWhile(queue: string): Promise<void> {
    const log = this.#taskLogBroker()
    await log.setQueue(queue, { paused: true })
    await sleep(this.#chance.between(50, 800))
    await log.setQueue(queue, { paused: false })
  }
}
