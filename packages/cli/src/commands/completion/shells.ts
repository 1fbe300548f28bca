/** The shells there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** Options of `waybill completion`. */
export interface CompletionOptions {
  readonly shell: (typeof SHELLS)[number] | undefined
}
