import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { Bench, type Scenario } from './bench.ts'
import { LOGS, type LogName, PEERS } from './entrants.ts'
import { installPeer, versionsOfPeer } from './peers/install.ts'
import { barsTable, judge } from './report/bars.ts'
import { chart } from './report/chart.ts'
import { Comparison } from './report/comparison.ts'
import { machine } from './report/machine.ts'
import { tables } from './report/table.ts'
import { allIn } from './scenarios/all-in.ts'
import { backlog } from './scenarios/backlog.ts'
import { drain } from './scenarios/drain.ts'
import { endToEnd } from './scenarios/end-to-end.ts'
import { bulk, enqueue1 } from './scenarios/enqueue.ts'
import { latency } from './scenarios/latency.ts'
import { memory } from './scenarios/memory.ts'
import { recovery } from './scenarios/recovery.ts'
import { search } from './scenarios/search.ts'
import { SERVER_SETTINGS, Services } from './services.ts'

const SCENARIOS: readonly Scenario[] = [
  enqueue1,
  bulk,
  drain,
  latency,
  endToEnd,
  allIn,
  backlog,
  search,
  memory,
  recovery,
]

const HELP = `npm run bench [-- scenario ...] [--log memory,sqlite,postgres,mysql] [--peers] [--rounds 3] [--scale 1] [--quick] [--out folder]

Scenarios, all unless named:
${SCENARIOS.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join('\n')}

--peers   also measures other queues, each with its own dependencies, which are installed then
--scale   a share of every size, for a look; what is not of the full size is no figure to keep
--quick   a twentieth of every size, once: whether it works, no figures to keep
--out     where results.json and chart.svg go (bench/results)
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    log: { type: 'string', multiple: true },
    peers: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    scale: { type: 'string' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: join(import.meta.dirname, 'results') },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) console.log(HELP)
else await main()

async function main(): Promise<void> {
  const scenarios = chosen(
    positionals,
    SCENARIOS.map(({ name }) => name),
    'scenario',
  )
  const logs = chosen(
    (values.log ?? []).flatMap((names) => names.split(',')),
    LOGS,
    'log',
  )
  const options = {
    logs,
    withPeers: values.peers,
    rounds: Number(values.rounds ?? (values.quick ? 1 : 3)),
    scale: Number(values.scale ?? (values.quick ? 0.05 : 1)),
  }
  const peers = PEERS.filter(({ log }) => values.peers && logs.includes(log))
  for (const { id } of peers) installPeer(id)

  const started = { at: new Date().toISOString(), machine: machine() }
  const services = new Services()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void services.stop().finally(() => process.exit(1)))
  }
  const bench = new Bench(options, services)
  try {
    for (const scenario of SCENARIOS.filter(({ name }) => scenarios.includes(name))) {
      console.error(`\n${scenario.name}: ${scenario.about}`)
      await scenario.run(bench)
    }
    const settings = {
      ...options,
      scenarios,
      servers: SERVER_SETTINGS,
      versions: {
        servers: await services.versions(),
        peers: Object.fromEntries(peers.map(({ id }) => [id, versionsOfPeer(id)])),
      },
    }
    report(bench, logs, { ...started, settings })
  } finally {
    await services.stop()
  }
}

function report(bench: Bench, logs: readonly LogName[], run: object): void {
  const comparison = new Comparison(bench.series)
  const bars = judge(comparison)
  write('results.json', `${JSON.stringify({ ...run, series: bench.series, bars }, null, 2)}\n`)
  write('chart.svg', chart(comparison))
  console.log(`${tables(comparison, logs)}\n\n${barsTable(bars)}`)
}

function write(name: string, text: string): void {
  const path = join(values.out, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  console.error(`Written: ${path}`)
}

function chosen<Name extends string>(
  wanted: readonly string[],
  known: readonly Name[],
  what: string,
): Name[] {
  const unknown = wanted.find((name) => !known.some((each) => each === name))
  if (unknown !== undefined) {
    console.error(`waybill: there is no ${what} called ${unknown}; there are: ${known.join(', ')}`)
    process.exit(1)
  }
  return known.filter((name) => wanted.length === 0 || wanted.includes(name))
}
