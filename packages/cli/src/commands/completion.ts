import { type Command, command } from '../command/command.ts'
import { choice } from '../command/inputs.ts'
import { type CompletionOptions, SHELLS } from './completion/shells.ts'

/** `waybill completion`. */
export const completion: Command = command<CompletionOptions>({
  name: 'completion',
  summary: 'Prints a script that completes commands and options in a shell',
  inputs: { shell: choice('<shell>', 'the shell', SHELLS) },
  examples: [
    ['source <(waybill completion bash)', 'in ~/.bashrc'],
    ['source <(waybill completion zsh)', 'in ~/.zshrc, behind compinit'],
    ['waybill completion fish > ~/.config/fish/completions/waybill.fish', 'once'],
  ],
  load: () => import('./completion/completion.ts'),
})
