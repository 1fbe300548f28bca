import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type TaskLog, TaskLogFilter, type TaskRun } from '@waybill/core'
import pc from 'picocolors'
import { compile, strikesOfYear, weatherOfMonth, yearbook } from './tasks.ts'
import { openWaybill } from './waybill.ts'

const { log, dispatcher } = openWaybill()
const { taskLog } = dispatcher
await dispatcher.initialize()

say('Enqueue: a yearbook with a child for each year, and 96 small tasks in two weighted queues')
const months = ['Seattle', 'New York'].flatMap((location) =>
  Array.from({ length: 48 }, (_, month) => ({
    location,
    month: `${2012 + Math.floor(month / 12)}-${twoDigits(1 + (month % 12))}`,
  })),
)
const small = await dispatcher.enqueueMany(
  months.map((input, index) => ({
    task: weatherOfMonth,
    input,
    options: { queue: index % 2 === 0 ? 'imports' : 'exports', priority: -2 },
  })),
)
const book = await dispatcher.enqueue(yearbook, { from: 1995, to: 2002 })
const failing = await dispatcher.enqueue(strikesOfYear, { year: 1985 })
const compiling = await dispatcher.enqueue(compile, undefined)
const unwanted = await dispatcher.enqueue(
  weatherOfMonth,
  { location: 'Seattle', month: '2015-12' },
  { delay: '1h' },
)

say('Cancel one while it is queued')
console.log(`  ${unwanted.label}: ${await taskLog.cancel(unwanted.id)}`)

say('Start two worker processes')
const finished: TaskRun[] = []
const workers = new Map(['worker-a', 'worker-b'].map((name) => [name, startWorker(name)]))
process.on('exit', () => {
  for (const worker of workers.values()) worker.kill()
})

await until(async () => (await entry(compiling.id)).status === 'running')
const victim = (await entry(compiling.id)).worker ?? ''
say(`Kill ${victim} in the middle of "${compiling.label}"`)
const killedAt = performance.now()
workers.get(victim)?.kill('SIGKILL')
await until(async () => {
  const { status, worker } = await entry(compiling.id)
  return status !== 'enqueued' && worker !== victim
})
console.log(
  `  taken over by ${(await entry(compiling.id)).worker} after ${((performance.now() - killedAt) / 1_000).toFixed(1)} s`,
)

const ids = [book.id, failing.id, compiling.id, ...small.map(({ id }) => id)]
await taskLog.wait(ids, { timeout: '2m' })
for (const worker of workers.values()) await stopWorker(worker)

say('Weighted queues: which queue the first 48 small tasks came from (weights: exports 1, imports 3)')
const queueOf = new Map(small.map(({ id, queue }) => [id, queue]))
const first = finished.flatMap(({ id }) => queueOf.get(id) ?? []).slice(0, 48)
for (const queue of ['exports', 'imports']) {
  const count = first.filter((name) => name === queue).length
  console.log(`  ${queue.padEnd(8)} ${pc.cyan('█'.repeat(count))} ${count}`)
}

say('The log')
waybill('tasks', 'list', '--limit', '14', '--sort', '-updatedAt')
say('One report')
const children = await taskLog.search(
  new TaskLogFilter().eq('parentId', book.id).sortBy('label', 'ascending'),
)
waybill('tasks', 'show', children.items[0]?.id ?? book.id)
say('Look further')
console.log(`  cd ${process.cwd() === import.meta.dirname ? '.' : 'examples/demo'}`)
console.log('  npx waybill tasks list --status failed')
console.log(`  npx waybill tasks show ${book.id}`)
console.log(`  npx waybill tasks why ${failing.id}`)
await log.close()

function startWorker(name: string): ChildProcess {
  const worker = fork(join(import.meta.dirname, 'worker.ts'), [name])
  worker.on('message', (run: TaskRun) => finished.push(run))
  return worker
}

async function stopWorker(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  worker.kill('SIGTERM')
  await once(worker, 'exit')
}

async function entry(id: string): Promise<Awaited<ReturnType<TaskLog['getById']>>> {
  return await taskLog.getById(id)
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000
  while (!(await condition())) {
    if (performance.now() > end)
      throw new Error('The demo waited a minute for something that did not happen.')
    await sleep(20)
  }
}

function waybill(...arguments_: readonly string[]): void {
  const command = join(import.meta.dirname, '../../packages/cli/src/main.ts')
  spawnSync(process.execPath, [command, ...arguments_], { cwd: import.meta.dirname, stdio: 'inherit' })
}

function say(text: string): void {
  console.log(`\n${pc.bold(text)}`)
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
