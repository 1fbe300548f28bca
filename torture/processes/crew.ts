import { setTimeout as sleep } from 'node:timers/promises'
import type { Write } from '../evidence/lines.ts'
import { moment } from '../evidence/moment.ts'
import type { Route, Store } from '../stores/store.ts'
import { Child, type Ending } from './child.ts'
import type { ProducerSetting, Timing, WorkerSetting } from './orders.ts'

/** A place in a crew: when its process dies another takes the place. */
interface Place {
  readonly role: 'worker' | 'producer'
  readonly name: string
  readonly route: Route | null
  generation: number
}

/** A process of a crew and its way to the database. */
export interface Member {
  readonly child: Child
  readonly route: Route | null
}

/** What all processes of a crew have in common. */
export interface CrewOptions {
  readonly store: Store
  readonly folder: string
  readonly seed: number
  readonly timing: Timing
  readonly write: Write
}

type Common = 'name' | 'address' | 'folder' | 'seed' | 'timing'
type WorkerOrders = Omit<WorkerSetting, Common>
type ProducerOrders = Omit<ProducerSetting, Common>

const RESPAWN_MS = 200
const STOP_WITHIN_MS = 30_000
/** How long a process that freezes itself stays frozen: what it holds is taken over by then. */
const FROZEN_LEASES = 2.2

/** The processes of a run. Those that die are replaced, until the crew is dismissed. */
export class Crew {
  readonly timing: Timing
  /** Processes that ended as none should: by an error of their own, or not at all. */
  readonly casualties: string[] = []
  readonly #options: CrewOptions
  readonly #members: Set<Member> = new Set()
  readonly #thaws: Set<Promise<void>> = new Set()
  readonly #dismissed: Set<Place['role']> = new Set()
  readonly #dead: Set<Child> = new Set()
  readonly #visitors: Set<string> = new Set()

  constructor(options: CrewOptions) {
    this.#options = options
    this.timing = options.timing
  }

  /** Fills a place with a worker. */
  async addWorker(name: string, setting: Omit<WorkerOrders, 'role'>): Promise<Member> {
    return this.#fill(await this.#place('worker', name), { role: 'worker', ...setting })
  }

  /** Fills a place with a producer. */
  async addProducer(name: string, setting: Omit<ProducerOrders, 'role'>): Promise<Member> {
    return this.#fill(await this.#place('producer', name), { role: 'producer', ...setting })
  }

  /** Who is able to work now. */
  standing(role: 'worker' | 'producer'): readonly Member[] {
    return [...this.#members].filter(({ child }) => child.setting.role === role && child.isStanding)
  }

  /** Resolves when a worker in every place is able to work. */
  async readyToWork(): Promise<void> {
    await sleep(RESPAWN_MS)
    const isShort = (): boolean =>
      [...this.#members].some(({ child }) => child.setting.role === 'worker' && !child.isStanding)
    while (isShort()) await sleep(50)
  }

  /** Resolves when everybody of a role has ended. */
  async allEnded(role: 'worker' | 'producer'): Promise<void> {
    const members = [...this.#members].filter(({ child }) => child.setting.role === role)
    await Promise.all(members.map(({ child }) => child.ended))
  }

  /** Kills a member. */
  kill({ child }: Member): void {
    this.#died(child)
    child.kill()
  }

  /** Tells everybody that no faults are wanted any more. */
  calm(): void {
    for (const { child, route } of this.#members) {
      child.send({ do: 'calm' })
      route?.proxy.release()
    }
  }

  /** Resolves when nobody who froze itself is frozen any more. */
  async thawed(): Promise<void> {
    await Promise.all(this.#thaws)
  }

  /** Stops those of a role, who finish what they do; those who do not are killed. Nobody is replaced any more. */
  async dismiss(role: 'worker' | 'producer'): Promise<void> {
    this.#dismissed.add(role)
    await this.thawed()
    const leaving = [...this.#members].filter(({ child }) => child.setting.role === role)
    await Promise.all(leaving.map((member) => this.#stop(member)))
  }

  /** A worker that comes once: nobody takes its place. */
  async visit(name: string, setting: Omit<WorkerOrders, 'role'>): Promise<Member> {
    this.#visitors.add(name)
    return this.addWorker(name, setting)
  }

  /** A visitor is told to stop; resolves when it has ended. */
  async leave(visitor: Member): Promise<void> {
    await this.thawed()
    await this.#stop(visitor)
  }

  async #stop({ child }: Member): Promise<void> {
    child.send({ do: 'stop' })
    const inTime = await Promise.race([child.ended.then(() => true), sleep(STOP_WITHIN_MS, false)])
    if (inTime) return
    child.kill()
    const { words } = await child.ended
    this.casualties.push(`${child.name} did not end when it was told to stop. ${words}`)
  }

  async #place(role: Place['role'], name: string): Promise<Place> {
    return { role, name, route: await this.#options.store.route(), generation: 0 }
  }

  #fill(place: Place, own: WorkerOrders | ProducerOrders): Member {
    const { folder, seed, timing, store } = this.#options
    place.generation += 1
    const child = new Child({
      ...own,
      name: `${place.name}-${place.generation}`,
      address: place.route?.address ?? store.address,
      folder,
      seed: seed + hash(place.name) + place.generation,
      timing,
    })
    const member: Member = { child, route: place.route }
    this.#members.add(member)
    child.onFreeze = () => {
      const thaw = sleep(FROZEN_LEASES * timing.leaseMs).then(() => child.thaw())
      this.#thaws.add(thaw)
      void thaw.then(() => this.#thaws.delete(thaw))
    }
    void child.ended.then((ending) => this.#ended(place, member, ending, own))
    return member
  }

  #ended(
    place: Place,
    member: Member,
    { code, signal, words }: Ending,
    own: WorkerOrders | ProducerOrders,
  ): void {
    this.#members.delete(member)
    const { child } = member
    if (signal === 'SIGKILL') this.#died(child)
    else if (code !== 0) {
      this.casualties.push(`${child.name} ended with ${code ?? signal}: ${words}`)
      this.#died(child)
    }
    const isDone = code === 0 && (own.role === 'producer' || own.drain)
    if (isDone || this.#visitors.has(place.name)) return
    void sleep(RESPAWN_MS).then(() => {
      if (!this.#dismissed.has(place.role)) this.#fill(place, { ...own, fail: null })
    })
  }

  #died(child: Child): void {
    if (this.#dead.has(child)) return
    this.#dead.add(child)
    if (child.setting.role === 'worker') {
      this.#options.write({ kind: 'death', worker: child.name, at: moment() })
    }
  }
}

function hash(text: string): number {
  return [...text].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7) % 1_000_003
}
