import {
  type ClaimableTaskLogBroker,
  decodeJson,
  type FilterExpression,
  InvalidInputError,
  isClaimable,
  isEnded,
  isTaskId,
  NotFoundError,
  NotSupportedError,
  OPEN_STATUSES,
  type TaskLogBroker,
  type TaskLogRecord,
  type TaskStatus,
  type WorkerState,
} from '@waybill/core'

/** Why a task is not running, or that it is. */
export type ExplanationCode =
  | 'ended'
  | 'not_due'
  | 'limit_key'
  | 'paused'
  | 'queue_limit'
  | 'no_worker'
  | 'unknown_to_workers'
  | 'waits_its_turn'
  | 'fetched'
  | 'running'
  | 'worker_dead'
  | 'waits_for_children'

/** The answer to "why is my task not running?". */
export interface TaskExplanation {
  /** The task's id. */
  readonly id: string
  /** Where it stands. */
  readonly status: TaskStatus
  /** Why, for programs. */
  readonly code: ExplanationCode
  /** Why, as a sentence for people. */
  readonly answer: string
  /** What the answer rests on: instants as ISO text, counts, ids. */
  readonly facts: Readonly<Record<string, string | number | null>>
}

/**
 * Explains why a task is not running. Every answer is read from the log as it is now.
 *
 * @throws NotFoundError when there is no such task; NotSupportedError when the log hands no tasks to workers
 */
export async function explainTask(log: TaskLogBroker, id: string): Promise<TaskExplanation> {
  if (!isTaskId(id)) throw new InvalidInputError('id', 'expected a task id')
  if (!isClaimable(log)) throw new NotSupportedError(`The ${log.id} task log`, 'explain')
  const [record] = await log.find([id])
  if (record === undefined) throw new NotFoundError('task', id)
  const { code, answer, facts = {} } = await explain(log, record)
  return { id, status: record.status, code, answer, facts }
}

interface Answer {
  readonly code: ExplanationCode
  readonly answer: string
  readonly facts?: TaskExplanation['facts']
}

async function explain(log: ClaimableTaskLogBroker, record: TaskLogRecord): Promise<Answer> {
  if (isEnded(record.status)) return ended(record)
  if (record.status === 'child_running') return await waitsForChildren(log, record)
  const workers = await log.workerStates()
  if (record.status !== 'enqueued')
    return held(
      record,
      workers.find(({ worker }) => worker === record.worker),
    )
  if (record.hold === 'due') return notDue(record, await log.now())
  if (record.hold === 'limit') return await limited(log, record)
  return (
    (await queueStopsIt(log, record)) ?? workersStopIt(record, workers) ?? (await waitsItsTurn(log, record))
  )
}

function ended({ status, outcome, reason, finishedAt }: TaskLogRecord): Answer {
  const archived = status === 'archived' ? ' and is archived' : ''
  const why = reason === null ? '' : ` (${reason})`
  return {
    code: 'ended',
    answer: `It has ended as ${outcome ?? status}${why}${archived}.`,
    facts: { finishedAt: iso(finishedAt), outcome, reason },
  }
}

async function waitsForChildren(log: ClaimableTaskLogBroker, { id }: TaskLogRecord): Promise<Answer> {
  const open = await log.count(all(is('parentId', id), within('status', OPEN_STATUSES)))
  return {
    code: 'waits_for_children',
    answer: `It has run and waits for ${plural(open, 'child task')}.`,
    facts: { open },
  }
}

function held({ status, worker, startedAt }: TaskLogRecord, state: WorkerState | undefined): Answer {
  const facts = { worker, startedAt: iso(startedAt), leaseUntil: iso(state?.leaseUntil ?? null) }
  if (state?.alive !== true) {
    const since = facts.leaseUntil === null ? '' : ` since ${facts.leaseUntil}`
    return {
      code: 'worker_dead',
      answer: `Worker ${worker} has not been heard of${since}; the next sweep takes it back.`,
      facts,
    }
  }
  if (status === 'dequeued') {
    return {
      code: 'fetched',
      answer: `Worker ${worker} has fetched it and is about to run it, or runs it since the last heartbeat.`,
      facts,
    }
  }
  return { code: 'running', answer: `It is running on worker ${worker} since ${facts.startedAt}.`, facts }
}

function notDue({ dueAt, attempt, reason }: TaskLogRecord, now: number): Answer {
  const why = attempt > 0 ? ` Attempt ${attempt} is over (${reason}).` : ''
  return {
    code: 'not_due',
    answer: `It is due at ${iso(dueAt)}.${why}`,
    facts: { dueAt: iso(dueAt), inMs: dueAt - now, attempt },
  }
}

async function limited(log: ClaimableTaskLogBroker, { limitKey, limitMax }: TaskLogRecord): Promise<Answer> {
  const ahead: FilterExpression = {
    kind: 'or',
    nodes: [within('status', ['dequeued', 'running']), all(is('status', 'enqueued'), is('hold', null))],
  }
  const active = await log.count(all(is('limitKey', limitKey), ahead))
  return {
    code: 'limit_key',
    answer: `Of the tasks with the limit key ${JSON.stringify(limitKey)} ${limitMax} may run at once, and ${active} are ready or running.`,
    facts: { limitKey, limitMax, active },
  }
}

async function queueStopsIt(log: ClaimableTaskLogBroker, { queue }: TaskLogRecord): Promise<Answer | null> {
  const state = (await log.queueStates()).find((candidate) => candidate.queue === queue)
  if (state?.paused) return { code: 'paused', answer: `The queue ${queue} is paused.`, facts: { queue } }
  if (state?.concurrency != null && state.held >= state.concurrency) {
    return {
      code: 'queue_limit',
      answer: `The queue ${queue} lets ${plural(state.concurrency, 'task')} run at once, and ${state.held} are held.`,
      facts: { queue, concurrency: state.concurrency, held: state.held },
    }
  }
  return null
}

function workersStopIt({ queue, taskName }: TaskLogRecord, workers: readonly WorkerState[]): Answer | null {
  const infos = workers.filter(({ alive }) => alive).map(({ info }) => workerInfo(info))
  const onQueue = infos.filter(({ queues }) => queues === null || queues.includes(queue))
  if (onQueue.length === 0)
    return { code: 'no_worker', answer: `No worker is running for the queue ${queue}.`, facts: { queue } }
  if (onQueue.some(({ tasks }) => tasks === null || tasks.includes(taskName))) return null
  return {
    code: 'unknown_to_workers',
    answer: `${plural(onQueue.length, 'worker')} of the queue ${queue} ${onQueue.length === 1 ? 'is' : 'are'} running; none knows a task named ${taskName}.`,
    facts: { queue, taskName, workers: onQueue.length },
  }
}

async function waitsItsTurn(log: ClaimableTaskLogBroker, record: TaskLogRecord): Promise<Answer> {
  const { queue, priority, createdAt } = record
  const ready = all(is('queue', queue), is('status', 'enqueued'), is('hold', null))
  const earlier = all(is('priority', priority), compare('createdAt', 'lt', createdAt))
  const ahead = await log.count(
    all(ready, { kind: 'or', nodes: [compare('priority', 'lt', priority), earlier] }),
  )
  return {
    code: 'waits_its_turn',
    answer: `It is ready; ${plural(ahead, 'task')} of its queue ${ahead === 1 ? 'is' : 'are'} ahead of it.`,
    facts: { ahead },
  }
}

interface WorkerInfo {
  readonly queues: readonly unknown[] | null
  readonly tasks: readonly unknown[] | null
}

/** What a worker said of itself; a worker that said nothing may do anything. */
function workerInfo(info: string | null): WorkerInfo {
  const value = info === null ? {} : (decodeJson(info, 'info') as Record<string, unknown>)
  const list = (member: unknown): readonly unknown[] | null => (Array.isArray(member) ? member : null)
  return { queues: list(value['queues']), tasks: list(value['tasks']) }
}

function iso(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString()
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

type Column = Extract<FilterExpression, { kind: 'column' }>

function compare(
  column: Column['column'],
  operator: Column['operator'],
  value: Column['value'],
): FilterExpression {
  return { kind: 'column', column, operator, value }
}

function is(column: Column['column'], value: string | number | null): FilterExpression {
  return compare(column, 'eq', value)
}

function within(column: Column['column'], values: readonly string[]): FilterExpression {
  return compare(column, 'in', values)
}

function all(...nodes: readonly FilterExpression[]): FilterExpression {
  return { kind: 'and', nodes }
}
