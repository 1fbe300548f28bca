/**
 * The types of Standard Schema, version 1 (https://standardschema.dev, MIT), which zod, valibot, arktype and others
 * implement. Copied, as its authors intend, so that core depends on none of them.
 */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  /** What a schema says of itself. */
  readonly '~standard': StandardSchemaProps<Input, Output>
}

/** The properties of a {@link StandardSchemaV1}. */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  readonly version: 1
  /** The library it comes from. */
  readonly vendor: string
  /** Checks a value; may convert it. */
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
  /** Carries the types; never set at run time. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined
}

/** What a check answers: a value, or what is wrong with it. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** One thing that is wrong. */
export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}
