import type { Answer, Request } from './actor.ts'
import { Commands } from './commands.ts'
import type { ContenderModule, Storage } from './contender.ts'

// A process of the bench: it has one contender and does what it is asked to, one request after another or several at once.

const [module = '', storage = ''] = process.argv.slice(2)
const { connect }: ContenderModule = await import(module)
const commands = new Commands(connect(JSON.parse(storage) as Storage))

process.on('message', (request: Request) => {
  const command = commands[request.command] as (argument: unknown) => Promise<unknown>
  command.call(commands, request.argument).then(
    (value) => answer({ id: request.id, value }),
    (error: unknown) =>
      answer({ id: request.id, error: error instanceof Error ? `${error.stack}` : String(error) }),
  )
})
process.on('disconnect', () => process.exit())

function answer(message: Answer): void {
  process.send?.(message)
}
