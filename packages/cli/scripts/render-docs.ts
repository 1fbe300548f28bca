import { type Command, type CommandGroup, isGroup } from '../src/command/command.ts'
import { GLOBAL_INPUTS } from '../src/command/global-options.ts'
import type { Input } from '../src/command/inputs.ts'

const HEAD = `# The command line

Made from the commands themselves by \`pnpm --filter @waybill/cli docs\`; a test fails when it is stale.

## Streams and exit codes

Data goes to stdout, talk to stderr. On a terminal data is a table with relative dates; elsewhere it is lines of values
between tabs, with dates in ISO 8601. \`--json\` prints one document, \`--ndjson\` one a line. \`NO_COLOR\`, \`FORCE_COLOR\` and
\`CI\` are respected. Control characters in what is shown are escaped, and passwords are \`***\`. A reader that leaves ends the
command quietly.

| Code | Meaning |
| ---: | --- |
| 0 | done |
| 1 | failed |
| 2 | called or configured in a way it does not understand |
| 3 | a check said no: schema pending or drifted, over a threshold, an awaited task failed, a migration not finished |
| 4 | what was named does not exist |
| 5 | the store cannot be reached |
| 124 | the time was over |
| 130 | interrupted |

What changes or takes away many tasks says how many, asks on a terminal, wants \`--yes\` elsewhere, and knows \`--dry-run\`. It
works in batches; interrupted, it says exactly what was done.

## Configuration

\`waybill.config.{ts,mts,js,mjs,json}\`, from the folder you are in up to the root of the workspace, or \`--config\`. A flag goes
before its variable \`WAYBILL_*\`, that before the configuration, that before the default; \`DATABASE_URL\` comes last.
`

/** The whole of `docs/cli.md`. */
export function renderDocs(table: readonly (Command | CommandGroup)[]): string {
  const overview = table.map(
    ({ name, summary }) => `| [\`waybill ${name}\`](#waybill-${name}) | ${cell(summary)} |`,
  )
  const sections = table.flatMap((entry) =>
    isGroup(entry)
      ? [
          `## waybill ${entry.name}\n\n${entry.summary}.\n`,
          ...entry.commands.map((each) => section(each, entry)),
        ]
      : [section(entry, null)],
  )
  return [
    HEAD,
    '## Commands\n',
    `| Command | |\n| --- | --- |\n${overview.join('\n')}\n`,
    `Options of every command:\n\n${inputTable(GLOBAL_INPUTS as Command['inputs'])}`,
    ...sections,
  ].join('\n')
}

function section(command: Command, group: CommandGroup | null): string {
  const path = ['waybill', ...(group === null ? [] : [group.name]), command.name].join(' ')
  const words = Object.values(command.inputs).filter(({ kind }) => kind === 'argument')
  const usage = [path, ...words.map(({ flags }) => flags)].join(' ')
  const examples = command.examples?.map(([line, does]) => `# ${does}\n${line}`).join('\n\n')
  return [
    `${group === null ? '##' : '###'} ${path}\n`,
    `\`${usage}\`\n`,
    `${command.summary}.${command.description === undefined ? '' : ` ${command.description}`}\n`,
    ...(Object.keys(command.inputs).length === 0 ? [] : [inputTable(command.inputs)]),
    ...(examples === undefined ? [] : [`\`\`\`sh\n${examples}\n\`\`\`\n`]),
  ].join('\n')
}

function inputTable(inputs: Command['inputs']): string {
  const rows = Object.values(inputs).map(row)
  return `| Option | | Variable |\n| --- | --- | --- |\n${rows.join('\n')}\n`
}

function row({ flags, description, variable }: Input<unknown>): string {
  return `| \`${cell(flags)}\` | ${cell(description)} | ${variable === undefined ? '' : `\`${variable}\``} |`
}

/** Text in a table, where a bar would begin another cell and angles a tag. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('*', '\\*')
}
