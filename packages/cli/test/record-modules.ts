import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

/** Loaded before the command: writes down which packages it loaded, into the file that MODULES_FILE names. */
const packages = new Set<string>()
registerHooks({
  load(url, context, next) {
    const ours = /\/packages\/([^/]+)\/src\//.exec(url)?.[1]
    const others = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
    if (ours !== undefined) packages.add(`@waybill/${ours}`)
    else if (others !== undefined) packages.add(others)
    return next(url, context)
  },
})
process.on('exit', () => {
  writeFileSync(process.env['MODULES_FILE'] ?? '', JSON.stringify([...packages].sort()))
})
