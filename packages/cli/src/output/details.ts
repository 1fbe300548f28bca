import { escapeControl } from './escape.ts'
import type { Output } from './output.ts'

/** Writes facts, one a line, their names in a column; those without a value are left out. */
export async function writeDetails(
  output: Output,
  details: readonly (readonly [name: string, value: string | null | undefined])[],
): Promise<void> {
  const shown = details.filter(([, value]) => value !== null && value !== undefined && value !== '')
  const width = Math.max(...shown.map(([name]) => name.length))
  for (const [name, value] of shown) {
    await output.line(`  ${output.colours.dim(name.padEnd(width))}  ${escapeControl(value ?? '')}`)
  }
}
