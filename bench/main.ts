import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { Bench, type Scenario, type Series } from './bench.ts'
import { LOGS, PEERS } from './entrants.ts'
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

const HELP = `npm run bench [-- scenario ...] [--log memory,sqlite,postgres,mysql] [--peers] [--rounds 3] [--scale 1] [--quick] [--out folder] [--merge file ...]

Scenarios, all unless named:
${SCENARIOS.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join('\n')}

--peers   also measures other queues, each with its own dependencies, which are installed then
--scale   a share of every size, for a look; what is not of the full size is no figure to keep
--quick   a twentieth of every size, once: whether it works, no figures to keep
--out     where results.json and chart.svg go (bench/results)
--merge   makes one report of the results.json files of earlier runs, and measures nothing
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
    merge: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) console.log(HELP)
else if (values.merge !== undefined) merge(values.merge)
else await main()

/** What is kept of a run, or of several. */
interface Results {
  /** When, where, with which settings and versions. */
  readonly runs: readonly object[]
  readonly series: readonly Series[]
}

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
      // A run takes long: what there is of one that is broken off is kept.
      keep({ runs: [{ ...started, settings: await settings() }], series: bench.series })
    }
    tell(bench.series)
  } finally {
    await services.stop()
  }

  async function settings(): Promise<object> {
    const servers = await services.versions()
    const versions = { servers, peers: Object.fromEntries(peers.map(({ id }) => [id, versionsOfPeer(id)])) }
    return { ...options, scenarios, servers: SERVER_SETTINGS, versions }
  }
}

function merge(files: readonly string[]): void {
  const results = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Results)
  const series: Series[] = []
  for (const each of results.flatMap((result) => result.series)) {
    const same = series.find(
      ({ log, metric, entrant }) => log === each.log && metric === each.metric && entrant === each.entrant,
    )
    if (same === undefined) series.push(each)
    else same.values.push(...each.values)
  }
  keep({ runs: results.flatMap(({ runs }) => runs), series })
  tell(series)
}

function keep({ runs, series }: Results): void {
  const comparison = new Comparison(series)
  write('results.json', `${JSON.stringify({ runs, series, bars: judge(comparison) }, null, 2)}\n`)
  write('chart.svg', chart(comparison))
}

function tell(series: readonly Series[]): void {
  const comparison = new Comparison(series)
  console.log(`${tables(comparison, LOGS)}\n\n${barsTable(judge(comparison))}`)
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
