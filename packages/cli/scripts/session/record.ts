import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plainText } from './ansi.ts'
import { renderSvg } from './render-svg.ts'

/**
 * Records docs/assets/session.txt and session.svg: `pnpm --filter @waybill/cli session`. What is shown is what the command
 * printed, on a SQLite file that is made for it.
 */
const here = import.meta.dirname
const assets = join(here, '../../../../docs/assets')
const folder = mkdtempSync(join(tmpdir(), 'waybill-session-'))
const TITLE = 'A terminal: a task is enqueued, explained, followed while it runs, and shown with its report'

/** Starts the command as a person at a terminal would. */
function waybill(args: readonly string[]): ChildProcess {
  const preload = join(here, 'pretend-terminal.ts')
  return spawn(process.execPath, ['--import', preload, join(here, '../../src/main.ts'), ...args], {
    cwd: here,
    env: {
      PATH: process.env['PATH'],
      TZ: 'UTC',
      FORCE_COLOR: '1',
      WAYBILL_URL: `sqlite:${join(folder, 'waybill.db')}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** What it printed. @throws Error when it failed */
async function output(args: readonly string[]): Promise<string> {
  const child = waybill(args)
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const [exitCode] = await once(child, 'close')
  if (exitCode !== 0) throw new Error(`waybill ${args.join(' ')} ended with ${exitCode}`)
  return text.trimEnd()
}

const lines: string[] = []

/** Types a command, and records what it answers. */
async function type(...args: readonly string[]): Promise<string> {
  prompt(args)
  const text = await output(args)
  lines.push(...text.split('\n'), '')
  return plainText(text)
}

function prompt(args: readonly string[], more = ''): void {
  const words = args.map((word) => (/[^\w.:/-]/.test(word) ? `'${word}'` : word))
  lines.push(`\x1b[32m$\x1b[39m \x1b[1mwaybill ${words.join(' ')}${more}\x1b[22m`)
}

try {
  await output(['schema', 'up'])
  const id = await type('tasks', 'enqueue', 'items.import', '{"file":"july.csv"}', '--label', 'July')
  await type('tasks', 'why', id)
  const background = ['worker', '--quiet']
  prompt(background, ' &')
  lines.push('')
  const worker = waybill(background)
  await type('tasks', 'tail', '--for', '9s')
  await type('tasks', 'show', id)
  await type('tasks', 'why', id)
  worker.kill('SIGTERM')
  await once(worker, 'exit')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
lines.pop()
mkdirSync(assets, { recursive: true })
writeFileSync(join(assets, 'session.txt'), `${lines.map(plainText).join('\n')}\n`)
writeFileSync(join(assets, 'session.svg'), renderSvg(lines, TITLE))
