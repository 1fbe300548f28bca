import { writeFileSync } from 'node:fs'
import { COMMANDS } from '../src/commands/table.ts'
import { renderDocs } from './render-docs.ts'

writeFileSync(new URL('../../../docs/cli.md', import.meta.url), renderDocs(COMMANDS))
