import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type {
  LongRunningWorker,
  QueueDispatcher,
  TaskRun,
  TaskStatus,
  TelemetryMessages,
  WorkerSummary,
} from '@waybill/core'
import { describeFailure } from '../../errors/describe-failure.ts'
import { escapeControl, safeJson } from '../../output/escape.ts'
import { formatSpan, plural } from '../../output/moments.ts'
import type { Output } from '../../output/output.ts'
import { colourStatus } from '../../task/task-columns.ts'
import type { HealthServer } from './health-server.ts'

type Name = keyof TelemetryMessages
type Listener = (message: unknown) => void

const SAME_FAULT_AGAIN_MS = 30_000

/** Tells what a worker does: lines for people on stderr, or one JSON document a line on stdout. */
export class WorkerLog {
  readonly #output: Output
  readonly #options: { readonly ndjson: boolean; readonly quiet: boolean }
  readonly #subscriptions: [Name, Listener][] = []
  readonly #durations: Map<string, number> = new Map()
  #lastFault = { text: '', at: Number.NEGATIVE_INFINITY }

  /** Listens to what the worker publishes from now on. */
  constructor(output: Output, options: { readonly ndjson: boolean; readonly quiet: boolean }) {
    this.#output = output
    this.#options = options
    this.#on('waybill:task:end', ({ id, durationMs }) => this.#durations.set(id, durationMs))
    this.#on('waybill:task:log', ({ id, taskName, level, message, data }) => {
      const more = data === undefined ? '' : ` ${safeJson(data)}`
      this.#tell(
        'log',
        { id, taskName, level, message, data },
        `${level} ${taskName} ${id}: ${message}${more}`,
      )
    })
    this.#on('waybill:worker:recovered', ({ tasks }) => {
      this.#tell('recovered', { tasks }, `${plural(tasks.length, 'task')} taken back from dead workers`)
    })
    this.#on('waybill:worker:fault', ({ during, error }) => this.#fault(during, error))
    this.#on('waybill:broker:quarantined', ({ queue, reason }) => {
      this.#tell('quarantined', { queue, reason }, `a message of queue ${queue} is no task: ${reason}`)
    })
  }

  /** It begins. */
  started(
    { worker }: LongRunningWorker,
    dispatcher: QueueDispatcher,
    queues: readonly string[] | undefined,
    health: HealthServer | null,
  ): void {
    const names = queues ?? dispatcher.getQueueNames()
    const tasks = dispatcher.tasks.names()
    const healthPort = health?.port ?? null
    const at = health === null ? '' : `; probes at port ${health.port}`
    this.#tell(
      'started',
      { worker, queues: names, tasks, healthPort },
      `${worker} runs ${plural(tasks.length, 'kind')} of task from ${names.join(', ')}${at}`,
    )
    if (tasks.length === 0) {
      this.#tell('warning', {}, 'The configuration has no tasks: everything is left to other workers')
    }
  }

  /** A task was run. */
  ran({ id, taskName, status, accepted }: TaskRun): void {
    const durationMs = this.#durations.get(id)
    this.#durations.delete(id)
    if (this.#options.quiet) return
    const took = durationMs === undefined ? '' : ` ${formatSpan(durationMs)}`
    if (!accepted || status === null) {
      this.#tell('lost', { id, taskName }, `lost ${taskName} ${id}: another worker has it`)
      return
    }
    this.#tell('task', { id, taskName, status, durationMs }, `${taskName} ${id}${took}`, status)
  }

  /** It was asked to stop, once or more. */
  asked(times: number, running: number): void {
    const rest = running === 0 ? '' : `; ${plural(running, 'task')} may end, unless you ask again`
    this.#tell('stopping', { times, running }, times === 1 ? `stopping${rest}` : 'aborting what runs')
  }

  /** It has ended. */
  stopped({ tasks, byStatus, lost }: WorkerSummary): void {
    const each = Object.entries(byStatus).map(([status, count]) => `${count} ${status}`)
    const all = [...each, ...(lost === 0 ? [] : [`${lost} lost`])].join(', ')
    this.#tell(
      'stopped',
      { tasks, byStatus, lost },
      `stopped after ${plural(tasks, 'task')}${all && `: ${all}`}`,
    )
  }

  /** Listens no longer. */
  close(): void {
    for (const [name, listener] of this.#subscriptions) unsubscribe(name, listener)
  }

  /** A store that is down says so twice a second. */
  #fault(during: string, error: unknown): void {
    const { message } = describeFailure(error)
    const text = `${during}: ${message}`
    const now = performance.now()
    if (text === this.#lastFault.text && now - this.#lastFault.at < SAME_FAULT_AGAIN_MS) return
    this.#lastFault = { text, at: now }
    this.#tell('fault', { during, message }, text)
  }

  #on<Each extends Name>(name: Each, listener: (message: TelemetryMessages[Each]) => void): void {
    const own: Listener = (message) => listener(message as TelemetryMessages[Each])
    subscribe(name, own)
    this.#subscriptions.push([name, own])
  }

  #tell(event: string, facts: Readonly<Record<string, unknown>>, text: string, status?: TaskStatus): void {
    const time = new Date()
    if (this.#options.ndjson) {
      // Nobody waits for it: when the reader has left, the output says so by itself.
      this.#output.ndjson({ time, event, ...facts }).catch(() => {})
      return
    }
    const colours = this.#output.talkColours
    const at = this.#output.surroundings.animated ? time.toTimeString().slice(0, 8) : time.toISOString()
    const what = status === undefined ? '' : `${colourStatus(status.padEnd(13), status, colours)} `
    this.#output.talk(`${colours.dim(at)} ${what}${escapeControl(text)}`)
  }
}
