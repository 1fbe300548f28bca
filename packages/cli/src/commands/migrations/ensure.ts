import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'

/** Options of `waybill migrations ensure`. */
export interface EnsureOptions {
  readonly names: readonly string[]
}

/** Says whether migrations are provably done. */
export async function run(context: CommandContext, { names }: EnsureOptions): Promise<ExitCode> {
  const migrations = await context.migrations()
  const proofs: { migration: string; done: boolean; reason: string }[] = []
  for (const name of names) proofs.push({ migration: name, ...(await migrations.ensure(name)) })
  if (context.options.json) await context.output.json({ migrations: proofs })
  else for (const { reason } of proofs) await context.output.line(reason)
  return proofs.every(({ done }) => done) ? EXIT.done : EXIT.check
}
