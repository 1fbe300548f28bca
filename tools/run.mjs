// Plain JavaScript for Node 18 or later: it fetches the Node and pnpm that the rest of the project needs.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE = '24.21.0'
const PNPM = '12.21.0'
const OLDEST_NODE = [22, 18] // from here on Node runs TypeScript sources as they are
const OLDEST_PNPM = [12, 0]

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const onWindows = process.platform === 'win32'

const words = {
  demo: ['examples/demo/main.ts'],
  test: ['node_modules/vitest/vitest.mjs', 'run'],
  check: ['tools/check.ts'],
  docs: ['tools/site/main.ts'],
  bench: ['bench/main.ts'],
  torture: ['torture/main.ts'],
  mutation: ['tools/mutation/main.ts'],
}

const [word = '', ...args] = process.argv.slice(2)
const [entry, ...fixed] = words[word] ?? fail(`say one of: ${Object.keys(words).join(', ')}`)

if (isFit()) {
  install()
  if (!existsSync(join(root, entry))) fail(`"${word}" needs ${entry}, which is not there`)
  run(process.execPath, [entry, ...fixed, ...(word === 'test' ? args.flatMap(testFilter) : args)])
} else if (process.env.WAYBILL_OWN_NODE) {
  fail(`npx brought neither Node ${NODE} nor pnpm ${PNPM}; install them by hand`)
} else {
  const packages = ['-p', `node@${NODE}`, '-p', `pnpm@${PNPM}`]
  process.env.WAYBILL_OWN_NODE = NODE
  run('npx', ['-y', ...packages, '--', 'node', join('tools', 'run.mjs'), word, ...args])
}

/** The name of a package stands for its tests; anything else is Vitest's own. */
function testFilter(arg) {
  const isPackage = [arg, `packages/${arg}`].some((folder) => existsSync(join(root, folder, 'package.json')))
  return isPackage ? ['--project', arg.replace('packages/', '')] : [arg]
}

function isFit() {
  if (!isAtLeast(process.versions.node, OLDEST_NODE)) return false
  const pnpm = spawnSync('pnpm', ['--version'], { cwd: root, encoding: 'utf8', shell: onWindows })
  return pnpm.status === 0 && isAtLeast(pnpm.stdout.trim(), OLDEST_PNPM)
}

function isAtLeast(version, [major, minor]) {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}

function install() {
  if (!existsSync(join(root, 'node_modules'))) console.error('Installing the dependencies …')
  const command = ['install', '--frozen-lockfile', '--reporter=append-only']
  const pnpm = spawnSync('pnpm', command, { cwd: root, encoding: 'utf8', shell: onWindows })
  if (pnpm.status === 0) return
  console.error(pnpm.stdout, pnpm.stderr)
  fail('the dependencies could not be installed; the lines above say why')
}

function run(command, commandArgs) {
  const child = spawn(command, commandArgs, { cwd: root, stdio: 'inherit', shell: onWindows })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`${command} could not be started: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

function fail(message) {
  console.error(`waybill: ${message}`)
  process.exit(1)
}
