import type { Broker, BrokerCapabilities, Clock, Delivery, Message } from '@waybill/core'
import type { Chance } from '../work/chance.ts'

interface Copy {
  readonly queue: string
  readonly body: Message
  /** Handed out until then, by the monotonic clock; 0: waiting. */
  hiddenUntil: number
}

/** What an {@link UnrulyBroker} tells of. */
export type OnMessage = (what: 'popped' | 'acknowledged', id: string) => void

/** How long a message is its taker's before somebody else gets it. */
const VISIBILITY_MS = 2_500

const CAPABILITIES: BrokerCapabilities = Object.freeze({
  durable: false,
  claims: false,
  delayed: false,
  ordered: false,
})

/** A broker as brokers are: it repeats messages, mixes them up, hands them to others after a while, and forgets them all. */
export class UnrulyBroker implements Broker {
  readonly id = 'unruly'
  readonly capabilities: BrokerCapabilities = CAPABILITIES
  readonly #clock: Clock
  readonly #chance: Chance
  readonly #onMessage: OnMessage
  #copies: Copy[] = []

  constructor(clock: Clock, chance: Chance, onMessage: OnMessage) {
    this.#clock = clock
    this.#chance = chance
    this.#onMessage = onMessage
  }

  async createQueue(): Promise<void> {}

  async push(queue: string, messages: readonly Message[]): Promise<void> {
    for (const body of messages) {
      const copies = this.#chance.happens(0.1) ? 2 : 1
      for (let copy = 0; copy < copies; copy += 1) {
        this.#copies.splice(this.#chance.between(0, this.#copies.length), 0, { queue, body, hiddenUntil: 0 })
      }
    }
  }

  async pop(queue: string, limit: number): Promise<readonly Delivery[]> {
    const popped = this.#visible(queue).slice(0, limit)
    for (const copy of popped) {
      copy.hiddenUntil = this.#clock.monotonic() + VISIBILITY_MS
      this.#onMessage('popped', copy.body.id)
    }
    return popped.map((copy) => ({ queue, body: copy.body, receipt: copy }))
  }

  async acknowledge(deliveries: readonly Delivery[]): Promise<void> {
    for (const { receipt } of deliveries) {
      const copy = this.#copies.find((each) => each === receipt)
      if (copy === undefined) continue
      this.#copies = this.#copies.filter((each) => each !== copy)
      this.#onMessage('acknowledged', copy.body.id)
    }
  }

  async release(deliveries: readonly Delivery[]): Promise<void> {
    for (const copy of this.#copies) {
      if (deliveries.some(({ receipt }) => receipt === copy)) copy.hiddenUntil = 0
    }
  }

  async count(queue: string): Promise<number> {
    return this.#visible(queue).length
  }

  async close(): Promise<void> {}

  /** Forgets every message, as a broker without a disk does when it is restarted. */
  forget(): void {
    this.#copies = []
  }

  /** How many messages there are, handed out or not. */
  get size(): number {
    return this.#copies.length
  }

  #visible(queue: string): readonly Copy[] {
    const now = this.#clock.monotonic()
    return this.#copies.filter((copy) => copy.queue === queue && copy.hiddenUntil <= now)
  }
}
