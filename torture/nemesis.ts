import { setTimeout as sleep } from 'node:timers/promises'
import type { Write } from './evidence/lines.ts'
import { moment } from './evidence/moment.ts'
import { FAILPOINTS, type FailAction } from './faults/failpoints.ts'
import type { StatementFault } from './faults/statement-faults.ts'
import type { Crew, Member } from './processes/crew.ts'
import type { Store } from './stores/store.ts'
import type { Chance } from './work/chance.ts'

/** What kind of faults a period is made of. */
export const MOODS = [
  'quiet',
  'kills',
  'freezes',
  'network',
  'statements',
  'failpoints',
  'crash',
  'everything',
] as const

/** One of {@link MOODS}. */
export type Mood = (typeof MOODS)[number]

/** What befalls statements, by chance. */
const STATEMENT_FAULTS: readonly StatementFault[] = [
  'lost before',
  'lost after',
  'deadlock',
  'serialization failure',
  'lock timeout',
  'full',
  'slow',
]

const ACTIONS: readonly FailAction[] = ['kill', 'freeze', 'throw', 'hang']
/** How long workers are frozen, in leases. `a run`: at the end of one, and past the lease. */
const FREEZES = [0.3, 1.6, 2.2, 'a run'] as const
const NETWORK_FAULTS = ['reset', 'partition', 'after', 'before', 'silence'] as const
/** A process that hangs is noticed by whoever runs it, and killed, after so many leases. */
export const HANG_LEASES = 2

/** Makes life hard for a crew. */
export class Nemesis {
  readonly #crew: Crew
  readonly #store: Store
  readonly #chance: Chance
  readonly #write: Write
  // Decks, so that a short run too sees some of everything.
  readonly #drawFreeze: () => (typeof FREEZES)[number]
  readonly #drawNetworkFault: () => (typeof NETWORK_FAULTS)[number]
  readonly #drawStatementFault: () => StatementFault
  readonly #drawFailpoint: () => string
  readonly #drawAction: () => FailAction
  readonly #drawMood: () => Mood

  constructor(crew: Crew, store: Store, chance: Chance, write: Write) {
    this.#crew = crew
    this.#store = store
    this.#chance = chance
    this.#write = write
    this.#drawFreeze = chance.deck(FREEZES)
    this.#drawNetworkFault = chance.deck(NETWORK_FAULTS)
    this.#drawStatementFault = chance.deck(STATEMENT_FAULTS)
    this.#drawFailpoint = chance.deck(FAILPOINTS)
    this.#drawAction = chance.deck(ACTIONS)
    this.#drawMood = chance.deck(['kills', 'freezes', 'network', 'statements', 'failpoints'])
  }

  /** Lets a mood rule for some time; resolves when all of its faults are over. */
  async rule(mood: Mood, ms: number): Promise<void> {
    // The dead are being replaced yet: kills and freezes are to have victims, quiet a worker in every place.
    if (mood === 'quiet' || mood === 'kills' || mood === 'freezes') await this.#crew.readyToWork()
    const began = moment()
    const troubles: Promise<void>[] = []
    while (moment() - began < ms) {
      if (mood !== 'quiet') troubles.push(this.#strike(mood))
      const pauseMs = this.#chance.between(100, mood === 'kills' ? 1_200 : 700)
      await sleep(Math.min(pauseMs, Math.max(0, began + ms - moment())))
      if (mood === 'crash') break
    }
    await Promise.all(troubles)
    this.#crew.calm()
    await this.#crew.thawed()
    const { leaseMs } = this.#crew.timing
    // After the last fault the living get a lease to beat first, and what they take over a lease to run.
    if (mood === 'quiet') this.#write({ kind: 'quiet', from: began + 2 * leaseMs, to: moment() })
    else if (mood !== 'kills') this.#write({ kind: 'trouble', from: began, to: moment() })
  }

  async #strike(mood: Mood): Promise<void> {
    switch (mood) {
      case 'quiet':
        return
      case 'kills':
        return this.#kill()
      case 'freezes':
        return await this.#freeze()
      case 'network':
        return await this.#breakNetwork()
      case 'statements':
        return await this.#breakStatement()
      case 'failpoints':
        return await this.#fail()
      case 'crash':
        return await this.#crash()
      case 'everything':
        return await this.#strike(this.#drawMood())
    }
  }

  /** Kills a worker as long as another is left to notice, or a producer. */
  #kill(): void {
    const producer = this.#chance.happens(0.15) ? this.#anyOf('producer') : null
    const victim = producer ?? this.#anyWorkerBut(1)
    if (victim === null) return
    this.#fault(producer === null ? 'kill' : 'producer killed')
    this.#crew.kill(victim)
  }

  async #freeze(): Promise<void> {
    const victim = this.#anyWorkerBut(1)
    if (victim === null) return
    const { leaseMs } = this.#crew.timing
    const freeze = this.#drawFreeze()
    if (freeze === 'a run') {
      victim.child.send(FREEZE_AFTER_RUN)
      return await victim.child.failure(leaseMs)
    }
    const frozenMs = leaseMs * freeze
    victim.child.freeze()
    await sleep(frozenMs)
    if (victim.child.hasEnded) return
    this.#fault(frozenMs > leaseMs ? 'freeze past the lease' : 'freeze')
    victim.child.thaw()
  }

  async #breakNetwork(): Promise<void> {
    const victim = this.#chance.happens(0.3) ? this.#anyOf('producer') : this.#anyWorkerBut(0)
    const proxy = victim?.route?.proxy
    if (proxy === undefined) return
    const action = this.#drawNetworkFault()
    if (action === 'reset') {
      this.#fault('connections reset')
      proxy.breakAll()
    } else if (action === 'partition') {
      this.#fault('partition')
      proxy.hold()
      await sleep(this.#crew.timing.leaseMs * this.#chance.pick([0.4, 1.5]))
      if (this.#chance.happens(0.5)) proxy.breakAll()
      proxy.release()
    } else {
      const struck = proxy.struck
      // Every statement names a table, but for those that begin and end transactions.
      const text = this.#chance.pick([COMMIT[this.#store.kind], this.#store.address.prefix, 'waybill_'])
      proxy.strike(action, text, 1)
      await sleep(500)
      if (proxy.struck > struck) this.#fault(NETWORK_FAULT_NAMES[action])
    }
  }

  async #breakStatement(): Promise<void> {
    const victim = this.#chance.happens(0.3) ? this.#anyOf('producer') : this.#anyWorkerBut(0)
    const fault = this.#drawStatementFault()
    victim?.child.send({ do: 'break statement', fault, nth: this.#chance.between(1, 12) })
    await victim?.child.failure(this.#crew.timing.leaseMs)
  }

  async #fail(): Promise<void> {
    const victim = this.#anyWorkerBut(1)
    if (victim === null) return
    const [failpoint, action] = [this.#drawFailpoint(), this.#drawAction()]
    const { leaseMs } = this.#crew.timing
    victim.child.send({ do: 'fail', failpoint, action, nth: this.#chance.between(1, 3) })
    await victim.child.failure(leaseMs)
    if (action !== 'hang') return
    // It may not have come there, or be frozen by now; one that hangs is of no more use than a dead one either way.
    await sleep(HANG_LEASES * leaseMs)
    if (!victim.child.hasEnded) this.#crew.kill(victim)
  }

  async #crash(): Promise<void> {
    if (this.#store.crash === null) return
    this.#fault('database crash')
    await this.#store.crash()
  }

  #anyOf(role: 'worker' | 'producer'): Member | null {
    const standing = this.#crew.standing(role)
    return standing.length === 0 ? null : this.#chance.pick(standing)
  }

  /** A worker, if so many others are left. */
  #anyWorkerBut(others: number): Member | null {
    return this.#crew.standing('worker').length > others ? this.#anyOf('worker') : null
  }

  #fault(name: string): void {
    this.#write({ kind: 'fault', name, at: moment() })
  }
}

/** The request of a commit, told from READ COMMITTED. */
const COMMIT = { postgres: 'COMMIT\0', mysql: '\x03COMMIT', sqlite: 'COMMIT' } as const
const NETWORK_FAULT_NAMES = {
  before: 'request lost',
  after: 'reply lost',
  silence: 'connection silent',
} as const
/** What it wakes up with is news of a task that another has taken over by then. */
const FREEZE_AFTER_RUN = { do: 'fail', failpoint: 'run.after', action: 'freeze', nth: 1 } as const
