#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`waybill: expected Node 22.13 or newer, got ${process.versions.node}\n`)
  process.exit(1)
}

// What Node calls experimental (leaving out types, glob) is what it is; the user cannot act on the warning.
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`)
})

enableCompileCache()
const { processHost } = await import('./command/host.ts')
const { run } = await import('./run.ts')

const exitCode = await run(processHost())
// Modules of the user's may keep the process alive; the command is done.
process.exit(exitCode)
