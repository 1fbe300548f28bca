import {
  type ClaimableTaskLogBroker,
  type EnqueuedTask,
  type EnqueueItem,
  type FilterExpression,
  type FoundRecord,
  OPEN_STATUSES,
  type QueueDispatcher,
  WaybillError,
} from '@waybill/core'
import { seen } from './scene.ts'
import { fail, family, follow, giveUp, obey, stumble, succeed } from './tasks.ts'

/** The tasks of a round, by the label that tells how each must end; the label is how they are found again. */
const ROUND = {
  plain: 8,
  failing: 2,
  stumbling: 2,
  hopeless: 1,
  'family of the well': 1,
  'family with a failure': 1,
  delayed: 2,
  'cancelled in time': 1,
  'cancelled at any moment': 2,
  remote: 1,
} as const

type Label = keyof typeof ROUND

/** Each family has this many children. */
const CHILDREN = 3
const ENTRIES_OF_ROUND = Object.values(ROUND).reduce((sum, count) => sum + count, 0) + 2 * CHILDREN
/** These run until they are cancelled, when everything else has ended. */
const OBEDIENT = 8

/** What was answered to somebody who cancelled a task. */
export type CancelAnswer = 'cancelled' | 'requested' | 'too late'

/** Tasks that end in every way there is. */
export class Mix {
  /** How many rounds. */
  readonly rounds: number
  /** What was answered for those cancelled at any moment, by id. */
  readonly cancels: Map<string, CancelAnswer> = new Map()
  readonly #dispatcher: QueueDispatcher
  readonly #ms: number

  /** @param entries at least so many; @param ms how long most of them take */
  constructor(dispatcher: QueueDispatcher, { entries, ms }: { entries: number; ms: number }) {
    this.rounds = Math.ceil(entries / ENTRIES_OF_ROUND)
    this.#dispatcher = dispatcher
    this.#ms = ms
  }

  /** How many entries there are of each label in the end, and in which status; those of chance are left out. */
  get ends(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    const { rounds } = this
    const [completed, failed] = [
      (n: number) => ({ completed: n * rounds }),
      (n: number) => ({ failed: n * rounds }),
    ]
    return {
      plain: completed(ROUND.plain),
      failing: failed(ROUND.failing),
      stumbling: completed(ROUND.stumbling),
      hopeless: failed(ROUND.hopeless),
      'family of the well': completed(1),
      'family with a failure': failed(1),
      succeed: completed(2 * CHILDREN - 1),
      fail: failed(1),
      delayed: completed(ROUND.delayed),
      'cancelled in time': { cancelled: rounds },
      remote: completed(ROUND.remote),
      obedient: { cancelled: OBEDIENT },
    }
  }

  /** How often a task of each label is started where no worker dies; those that may differ are left out. */
  get starts(): Readonly<Record<string, number>> {
    return {
      plain: 1,
      failing: 1,
      stumbling: 2,
      hopeless: 2,
      'family of the well': 1,
      'family with a failure': 1,
      succeed: 1,
      fail: 1,
      delayed: 1,
      'cancelled in time': 0,
      obedient: 1,
    }
  }

  /** Hands all of it to the queue, and cancels what is to be cancelled while the rest is under way. */
  async enqueue(): Promise<void> {
    await this.#dispatcher.enqueueMany(
      Array.from({ length: OBEDIENT }, () => labelled('obedient', obey, undefined)),
    )
    for (let round = 0; round < this.rounds; round += 40) {
      const rounds = Math.min(40, this.rounds - round)
      const items = Array.from({ length: rounds }, (_, index) => this.#round(round + index)).flat()
      await this.#cancel(await this.#dispatcher.enqueueMany(items))
    }
  }

  /** Resolves when all has ended that ends by itself. */
  async endedByItself(): Promise<void> {
    await seen(async () => (await this.#log.count(open('neq'))) === 0)
  }

  /** Resolves when all of it has ended. */
  async ended(): Promise<void> {
    await this.endedByItself()
    for (const { id } of await found(this.#log, open('eq'))) await this.#dispatcher.taskLog.cancel(id)
    await seen(async () => (await this.#log.count(open('eq'))) === 0)
  }

  get #log(): QueueDispatcher['taskLog']['broker'] {
    return this.#dispatcher.taskLog.broker
  }

  #round(index: number): EnqueueItem[] {
    const [ms, children] = [this.#ms, CHILDREN]
    const kinds: Record<Label, () => EnqueueItem> = {
      plain: () => labelled('plain', succeed, { ms }),
      failing: () => labelled('failing', fail, { ms }),
      stumbling: () => labelled('stumbling', stumble, undefined),
      hopeless: () => labelled('hopeless', giveUp, undefined),
      'family of the well': () => labelled('family of the well', family, { children, ms, failing: 0 }),
      'family with a failure': () => labelled('family with a failure', family, { children, ms, failing: 1 }),
      delayed: () => labelled('delayed', succeed, { ms }, { delay: (index * 37) % 1_000 }),
      'cancelled in time': () => labelled('cancelled in time', succeed, { ms }, { delay: '1h' }),
      'cancelled at any moment': () => labelled('cancelled at any moment', succeed, { ms }),
      remote: () => labelled('remote', follow, { until: Date.now() + 300 }),
    }
    return Object.entries(ROUND).flatMap(([label, count]) =>
      Array.from({ length: count }, kinds[label as Label]),
    )
  }

  async #cancel(tasks: readonly EnqueuedTask[]): Promise<void> {
    const { taskLog } = this.#dispatcher
    const inTime = tasks.filter(({ label }) => label === 'cancelled in time')
    if (!(await taskLog.cancelCollection(inTime))) throw new Error('a delayed task could not be cancelled')
    const atAnyMoment = tasks.filter(({ label }) => label === 'cancelled at any moment')
    await Promise.all(
      atAnyMoment.map(async ({ id }) => {
        this.cancels.set(id, await taskLog.cancel(id).catch(tooLate))
      }),
    )
  }
}

function labelled<Type extends EnqueueItem['task']>(
  label: string,
  task: Type,
  input: EnqueueItem<Type>['input'],
  options: EnqueueItem['options'] = {},
): EnqueueItem {
  return { task, input, options: { label, ...options } }
}

function tooLate(error: unknown): 'too late' {
  if (WaybillError.isInstance(error) && error.code === 'not_allowed') return 'too late'
  throw error
}

/** What has not ended: of the obedient, or of all others. */
function open(obedient: 'eq' | 'neq'): FilterExpression {
  return {
    kind: 'and',
    nodes: [
      { kind: 'column', column: 'status', operator: 'in', value: OPEN_STATUSES },
      { kind: 'column', column: 'taskName', operator: obedient, value: obey.name },
    ],
  }
}

const PAGE = 1_000

/** All entries that match. */
export async function found(
  log: Pick<ClaimableTaskLogBroker, 'search'>,
  where: FilterExpression,
): Promise<FoundRecord[]> {
  const all: FoundRecord[] = []
  for (let offset = 0; ; offset += PAGE) {
    const page = { sort: 'id', direction: 'ascending', limit: PAGE, offset, after: null } as const
    const records = await log.search({ where, ...page, omit: ['parameters', 'metadata', 'progress'] })
    all.push(...records)
    if (records.length < PAGE) return all
  }
}
