import type { WorkerState } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { Column } from '../../output/column.ts'
import { writeTable } from '../../output/table.ts'

/** What a worker says of itself. */
interface WorkerFacts {
  readonly host?: unknown
  readonly pid?: unknown
  readonly queues?: unknown
  readonly concurrency?: unknown
}

interface Row extends WorkerState {
  readonly facts: WorkerFacts
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'WORKER', value: ({ worker }) => worker },
  {
    title: 'STATE',
    value: ({ alive }) => (alive ? 'alive' : 'dead'),
    style: (text, { alive }, colours) => (alive ? colours.green(text) : colours.red(text)),
  },
  { title: 'HELD', value: ({ held }) => held, align: 'right' },
  { title: 'HEARD OF', value: ({ beatAt }) => new Date(beatAt) },
  { title: 'QUEUES', value: ({ facts }) => listed(facts.queues), dispensable: 1, shrinks: true },
  { title: 'AT ONCE', value: ({ facts }) => shown(facts.concurrency), align: 'right', dispensable: 4 },
  { title: 'HOST', value: ({ facts }) => shown(facts.host), dispensable: 2 },
  { title: 'PID', value: ({ facts }) => shown(facts.pid), align: 'right', dispensable: 3 },
  { title: 'STARTED', value: ({ startedAt }) => new Date(startedAt), dispensable: 5 },
]

/** Lists the workers the log knows. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context
  const states = await (await context.claimableBroker()).workerStates()
  const rows: readonly Row[] = states.map((state) => ({ ...state, facts: factsOf(state.info) }))
  if (context.options.json) {
    await output.json({ workers: rows.map(workerJson) })
    return EXIT.done
  }
  await writeTable(output, COLUMNS, rows)
  if (rows.length === 0) output.talk('No workers. Start one: waybill worker')
  return EXIT.done
}

function workerJson({ worker, alive, held, startedAt, beatAt, leaseUntil, facts }: Row): object {
  return {
    worker,
    alive,
    held,
    startedAt: new Date(startedAt),
    beatAt: new Date(beatAt),
    leaseUntil: new Date(leaseUntil),
    info: facts,
  }
}

function factsOf(info: string | null): WorkerFacts {
  try {
    const facts: unknown = JSON.parse(info ?? '{}')
    return typeof facts === 'object' && facts !== null ? facts : {}
  } catch {
    return {}
  }
}

function listed(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(', ') : shown(value)
}

function shown(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
