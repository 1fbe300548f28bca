import type { AbortCause } from '../errors/errors.ts'
import { NotSupportedError } from '../errors/errors.ts'
import { createToken } from '../identity/id.ts'
import { Batcher } from '../queue/batcher.ts'
import type { Delivery } from '../queue/broker.ts'
import type { Queue } from '../queue/queue.ts'
import type { QueueDispatcher } from '../queue/queue-dispatcher.ts'
import type { TaskStatus } from '../task/status.ts'
import type {
  Claim,
  ClaimableTaskLogBroker,
  HeartbeatAnswer,
  OpenTask,
} from '../task-log/claimable-task-log-broker.ts'
import { isClaimable } from '../task-log/claimable-task-log-broker.ts'
import { publish } from '../telemetry/channels.ts'
import { type AttemptEnd, GIVEN_BACK } from './attempt-end.ts'
import { type ClaimedDelivery, claimDeliveries } from './claim-deliveries.ts'
import { Heart } from './heart.ts'
import { LostClaims } from './lost-claims.ts'
import { type AroundRun, type AttemptOptions, runAttempt } from './run-attempt.ts'
import { RunningTask, type TaskHost } from './running-task.ts'
import { Settler } from './settler.ts'

/** Settings shared by all workers, in milliseconds. */
export interface TaskRunnerOptions {
  /** Names the worker in the log. Default: host, process id and a random part. */
  readonly worker?: string
  /** For how long a worker that is not heard of is taken for alive. Default 3 s. */
  readonly leaseMs?: number
  /** How often it says it is alive, and how late a cancel is felt at most. Default 1 s. */
  readonly beatMs?: number
  /**
   * How long its event loop may be blocked before it is taken for dead, on logs that can be reached from a thread. 0: no
   * thread vouches for it. Default 60 s.
   */
  readonly stallMs?: number
  /** How long a task may go on after its signal was aborted. Default 5 s. */
  readonly abandonMs?: number
  /** A task nobody knows fails when it is this old. Default 1 h. */
  readonly unknownTaskMs?: number
  /** Tries again without back-off. Default false. */
  readonly immediateRetries?: boolean
  /** Wraps each run, the first outermost. */
  readonly around?: readonly AroundRun[]
}

/** What became of a task that was run. */
export interface TaskRun {
  readonly id: string
  readonly taskName: string
  /** Where its entry stands now; null when it was lost to another worker and is gone. */
  readonly status: TaskStatus | null
  /** False: the worker no longer held it, nothing was written. */
  readonly accepted: boolean
}

/**
 * Told how a run goes on: that its slot is free, then that the log has its outcome, or why it does not. Calls and no
 * promises: a drain does this for thousands of tasks a second.
 */
export interface RunListener {
  /** The task has ended, its outcome is on its way. */
  readonly ended: () => void
  /** The log has it, the broker knows. */
  readonly settled: (run: TaskRun) => void
  /** The log or the broker did not take it, for good. */
  readonly failed: (error: unknown) => void
}

/** Runs what is delivered: claims, starts, runs, settles, acknowledges. What {@link OneTimeWorker} and {@link LongRunningWorker} share. */
export class TaskRunner {
  /** The worker's id. */
  readonly worker: string
  /** Its lease. */
  readonly heart: Heart
  /** Where outcomes are written. */
  readonly settler: Settler
  readonly log: ClaimableTaskLogBroker
  readonly #dispatcher: QueueDispatcher
  readonly #attempts: AttemptOptions
  readonly #host: TaskHost
  readonly #starts: Batcher<Claim, boolean>
  readonly #acknowledgements: Batcher<Delivery, Delivery>
  readonly #immediateRetries: boolean
  readonly #open: Map<string, RunningTask> = new Map()
  /** What it has claimed and not settled. */
  readonly #held: Set<string> = new Set()
  readonly #lostClaims: LostClaims

  /** @param onAnswer told what each beat brought back, after the running tasks were */
  constructor(
    dispatcher: QueueDispatcher,
    options: TaskRunnerOptions & { onAnswer?: (answer: HeartbeatAnswer) => void; info?: object } = {},
  ) {
    const log = dispatcher.taskLog.broker
    if (!isClaimable(log))
      throw new NotSupportedError(`The ${log.id} task log`, 'claims', 'Workers need a claimable one.')
    const { clock, random } = dispatcher
    const {
      leaseMs = 3_000,
      beatMs = 1_000,
      stallMs = 60_000,
      abandonMs = 5_000,
      unknownTaskMs = 3_600_000,
    } = options
    this.log = log
    this.worker = options.worker ?? `worker-${createToken().slice(0, 12)}`
    this.#immediateRetries = options.immediateRetries ?? false
    this.#dispatcher = dispatcher
    this.#attempts = {
      registry: dispatcher.tasks,
      clock,
      random,
      around: options.around ?? [],
      unknownTaskMs,
      abandonMs,
    }
    this.settler = new Settler({ log, clock, random, worker: this.worker })
    this.heart = new Heart({
      log,
      clock,
      worker: this.worker,
      info: JSON.stringify({ tasks: dispatcher.tasks.names(), ...options.info }),
      leaseMs,
      beatMs,
      stallMs,
      openTasks: () => this.#openTasks(),
      onAnswer: (answer) => {
        for (const id of answer.lost) this.#open.get(id)?.abort('lease_lost')
        for (const id of answer.cancelRequested) this.#open.get(id)?.abort('cancelled')
        options.onAnswer?.(answer)
        this.#lostClaims.giveBack().catch((error: unknown) => this.#fault('give back', error))
      },
      onFault: () => {
        for (const task of this.#open.values()) task.retell()
      },
      onLeaseUnknown: () => this.abort('lease_lost'),
    })
    this.#host = { clock, enqueueChild: dispatcher.enqueueChild, beatNow: () => this.heart.beatNow() }
    this.#lostClaims = new LostClaims({
      dispatcher,
      log,
      worker: this.worker,
      isKnown: (id) => this.#held.has(id),
    })
    this.#starts = new Batcher({ handle: (claims) => this.#start(claims), limit: 500, inFlight: 1 })
    this.#acknowledgements = new Batcher({
      handle: async (deliveries) => {
        await dispatcher.acknowledge(deliveries)
        return deliveries
      },
      limit: 500,
      inFlight: 2,
    })
  }

  /** How many tasks are running. */
  get running(): number {
    return this.#open.size
  }

  /** Asks all running tasks to stop. */
  abort(cause: AbortCause): void {
    for (const task of this.#open.values()) task.abort(cause)
  }

  /** Up to `limit` deliveries of one of the queues. */
  async dequeue(limit: number, queues?: readonly Queue[]): Promise<readonly Delivery[]> {
    const consumer = { worker: this.worker, token: createToken() }
    return await this.#lostClaims.watch(consumer.token, () =>
      this.#dispatcher.dequeueBlock(limit, consumer, queues),
    )
  }

  /** Claims what was delivered by a broker that is not the log. */
  async claim(deliveries: readonly Delivery[]): Promise<readonly ClaimedDelivery[]> {
    const consumer = { worker: this.worker, token: createToken() }
    try {
      const claimed = await claimDeliveries(this.#dispatcher, this.log, consumer, deliveries)
      for (const { claim } of claimed) this.#held.add(claim.id)
      return claimed
    } catch (error) {
      // Whatever failed, the claim among it may have got through. The messages are wanted again either way.
      this.#lostClaims.doubt(consumer.token)
      await this.#dispatcher.release(deliveries).catch((fault: unknown) => this.#fault('release', fault))
      throw error
    }
  }

  /** Runs one task to its end and settles it. */
  run(claimed: ClaimedDelivery, listener: RunListener): void {
    const { claim } = claimed
    if (!mustBeStarted(claim)) {
      this.#run(claimed, listener)
      return
    }
    this.#starts.submit(claim).then(
      (isHeld) => {
        if (isHeld) return this.#run(claimed, listener)
        listener.ended()
        this.#lost(claimed, listener)
      },
      (error: unknown) => {
        this.#fault('start', error)
        listener.ended()
        this.giveBack(claimed, listener)
      },
    )
  }

  #run(claimed: ClaimedDelivery, listener: RunListener): void {
    const { claim } = claimed
    const { worker } = this
    const { id, taskName, queue, attempt } = claim
    const task = new RunningTask(claim, this.#host)
    this.#open.set(id, task)
    publish('waybill:task:start', () => ({ id, taskName, queue, attempt, worker }))
    const onEnd = (end: AttemptEnd): void => {
      this.#open.delete(id)
      task.end()
      publish('waybill:task:end', () => ({
        id,
        taskName,
        queue,
        attempt,
        worker,
        to: end.to,
        durationMs: task.runningForMs,
      }))
      this.#settle(claimed, end, task, listener)
      listener.ended()
    }
    const end = runAttempt(task, this.#attempts)
    if (end instanceof Promise) void end.then(onEnd)
    else onEnd(end)
  }

  /** Gives a task back that was never started; its attempt is not counted. */
  giveBack(claimed: ClaimedDelivery, listener: Pick<RunListener, 'settled' | 'failed'>): void {
    this.#settle(claimed, GIVEN_BACK, null, listener)
  }

  #settle(
    claimed: ClaimedDelivery,
    end: AttemptEnd,
    task: RunningTask | null,
    listener: Pick<RunListener, 'settled' | 'failed'>,
  ): void {
    const { delivery, claim } = claimed
    const { id, taskName, token, queue } = claim
    const ending = {
      id,
      token,
      to: end.to,
      delayMs: this.#immediateRetries && end.to === 'retry' ? 0 : end.delayMs,
      reason: end.reason,
      report: end.report,
      progress: task?.takeProgress() ?? null,
      startedAt: task?.startedAt ?? null,
    }
    this.settler.settle(ending).then(
      ({ accepted, status }) => {
        if (!accepted) return this.#lost(claimed, listener)
        this.#held.delete(id)
        this.#acknowledge(delivery, listener, () => {
          if (status === 'enqueued') this.#dispatcher.pushAgain(queue, id, end.delayMs)
          listener.settled({ id, taskName, status, accepted: true })
        })
      },
      (error: unknown) => {
        this.#held.delete(id)
        listener.failed(error)
      },
    )
  }

  #lost({ delivery, claim }: ClaimedDelivery, listener: Pick<RunListener, 'settled' | 'failed'>): void {
    const { id, taskName } = claim
    this.#held.delete(id)
    publish('waybill:task:lost', () => ({ id, worker: this.worker }))
    this.#acknowledge(delivery, listener, () =>
      listener.settled({ id, taskName, status: null, accepted: false }),
    )
  }

  /** A broker that is the log has nothing to be told. */
  #acknowledge(delivery: Delivery, { failed }: Pick<RunListener, 'failed'>, then: () => void): void {
    if (delivery.claim !== undefined) then()
    else this.#acknowledgements.submit(delivery).then(then, failed)
  }

  async #start(claims: readonly Claim[]): Promise<readonly boolean[]> {
    const started = new Set(await this.log.start(claims.map(({ id, token }) => ({ id, token }))))
    return claims.map(({ id }) => started.has(id))
  }

  #openTasks(): readonly OpenTask[] {
    return [...this.#open.values()].map((task) => task.toOpenTask())
  }

  #fault(during: string, error: unknown): void {
    publish('waybill:worker:fault', () => ({ worker: this.worker, during, error }))
  }
}

/**
 * The first attempt of several runs on the claim alone. A further one, or a last one, is written as running before it
 * runs, so that a task that kills its worker is told from those that waited beside it: see `recover`.
 */
function mustBeStarted({ attempt, maxAttempts }: Claim): boolean {
  return attempt > 1 || attempt >= maxAttempts
}
