/** Something in the repository that breaks a rule. */
export interface Problem {
  /** Relative to the root, with `:line` where there is one. */
  readonly file: string
  readonly rule: string
  /** What is wrong and what to do about it. */
  readonly message: string
}

/** One rule, held against the repository in the folder. */
export type Check = (root: string) => readonly Problem[]
