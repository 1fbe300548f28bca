import { parseArgs } from 'node:util'
import { CELLS } from './matrix.ts'
import { type RunReport, torture } from './run.ts'
import { titleOf } from './seeded-bugs/bugs.ts'
import { plantAll } from './seeded-bugs/plant-all.ts'
import { seedsFrom, simulate } from './simulation/simulate.ts'
import { STORE_KINDS, type StoreKind } from './stores/open-log.ts'

const USAGE = `npm run torture -- [options]

  --minutes N      how long each log is tortured (default 2)
  --log NAME       ${STORE_KINDS.join(', ')} (default: one after the other)
  --seed S         decides what goes wrong and when (default: at random)
  --matrix         instead of chance: a worker fails at every failpoint in every way, ${CELLS.length} times in all
  --simulation     simulated worlds instead of real processes
  --worlds N       how many of them, from the seed on (default 1000; 1 with --seed)
  --broker         the worlds' messages go through a broker instead of the log
  --first          ends at the first world that breaks a promise
  --seeded-bugs    plants mistakes in a copy of the sources, one by one, and fails when nobody notices one
  --bug WORDS      only those whose titles have the words
`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    log: { type: 'string' },
    seed: { type: 'string' },
    matrix: { type: 'boolean', default: false },
    simulation: { type: 'boolean', default: false },
    worlds: { type: 'string' },
    broker: { type: 'boolean', default: false },
    first: { type: 'boolean', default: false },
    'seeded-bugs': { type: 'boolean', default: false },
    bug: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(USAGE)
else
  process.exitCode = (await (values.simulation
    ? simulation()
    : values['seeded-bugs']
      ? seededBugs()
      : processes()))
    ? 0
    : 1

async function simulation(): Promise<boolean> {
  const seed = seedOf()
  const count = number('worlds', values.worlds ?? (values.seed === undefined ? '1000' : '1'))
  const began = performance.now()
  const { worlds, tasks, faults, broken } = await simulate(seedsFrom(seed, count), {
    hasBroker: values.broker,
    stopAtFirst: values.first,
  })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${worlds} worlds from seed ${seed} on, ${tasks} tasks, ${seconds} s`)
  console.log(`  ${list(faults)}`)
  for (const world of broken) {
    console.log(`seed ${world.seed}:`)
    for (const sentence of world.violations) console.log(`  ${sentence}`)
  }
  return verdict(broken.length === 0)
}

async function processes(): Promise<boolean> {
  const kinds = values.log === undefined ? STORE_KINDS : [storeKind(values.log)]
  const ms = number('minutes', values.minutes) * 60_000
  let isWell = true
  for (const kind of kinds) {
    const seed = seedOf()
    const what = values.matrix ? `${CELLS.length} ways to fail` : `${ms / 60_000} min`
    console.log(`${kind}, seed ${seed}, ${what}`)
    const report = await torture({ kind, ms, seed, isMatrix: values.matrix, onProgress: progress })
    progress('')
    print(report)
    isWell = verdict(report.violations.length === 0) && isWell
  }
  return isWell
}

async function seededBugs(): Promise<boolean> {
  console.log('the catchers first, with no bug planted')
  const survivors = await plantAll(values.bug, {
    onFate: ({ bug, caughtBy, trouble }) => {
      console.log(`${caughtBy === null ? 'SURVIVES' : 'caught'}: ${titleOf(bug)}`)
      console.log(`    ${caughtBy ?? trouble ?? 'nobody noticed'}`)
    },
  })
  console.log(survivors.length === 0 ? 'every bug was caught' : `${survivors.length} BUGS SURVIVED`)
  return survivors.length === 0
}

function print({ version, figures, violations, folder }: RunReport): void {
  const { recoveries, recoveriesInTrouble } = figures
  const times = (spread: typeof recoveries): string =>
    `${spread.count} (p50 ${spread.p50}, p99 ${spread.p99}, p100 ${spread.p100} ms)`
  console.log(`  ${version}: ${figures.tasks} tasks, ${figures.runs} starts`)
  console.log(`  ${figures.kills} workers killed, ${figures.woken} frozen past their lease and woken`)
  console.log(
    `  ${figures.zombieWrites} zombie writes attempted, ${figures.zombieWritesAccepted} accepted; ${figures.repliesLost} replies lost`,
  )
  console.log(`  recovered in calm ${times(recoveries)}, in trouble ${times(recoveriesInTrouble)}`)
  console.log(`  faults: ${list(figures.faults)}`)
  for (const sentence of violations.slice(0, 50)) console.log(`  ${sentence}`)
  if (violations.length > 50) console.log(`  … and ${violations.length - 50} more`)
  if (folder !== null) console.log(`  the histories are in ${folder}`)
}

function verdict(isWell: boolean): boolean {
  console.log(isWell ? 'every promise was kept' : 'PROMISES WERE BROKEN')
  return isWell
}

/** One line that is written over and over on a terminal, and nothing elsewhere. */
function progress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${text}`)
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function storeKind(name: string): StoreKind {
  const kind = STORE_KINDS.find((each) => each === name)
  if (kind === undefined) fail(`there is no log ${name}; there are ${STORE_KINDS.join(', ')}`)
  return kind
}

function seedOf(): number {
  return values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : number('seed', values.seed)
}

function number(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) fail(`--${option} takes a number, not ${text}`)
  return value
}

function fail(message: string): never {
  console.error(`waybill: ${message}\n\n${USAGE}`)
  process.exit(1)
}
