declare module '@prisma/client/runtime/query_compiler_fast_bg.mysql.mjs'

declare module '@prisma/client/runtime/query_compiler_fast_bg.mysql.wasm-base64.mjs' {
  export const wasm: string
}
