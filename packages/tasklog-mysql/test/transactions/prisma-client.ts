import { type GetPrismaClientConfig, getPrismaClient } from '@prisma/client/runtime/client'

/** What is used of a Prisma client. */
export interface RawPrisma {
  $transaction(work: (tx: RawTransaction) => Promise<void>): Promise<void>
  $disconnect(): Promise<void>
}

/** What is used of a transaction of one. */
export interface RawTransaction {
  $executeRawUnsafe(query: string, ...values: unknown[]): Promise<number>
  $queryRawUnsafe(query: string, ...values: unknown[]): Promise<unknown>
}

// The types of Node have it not.
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object }

/** What `prisma generate`, which needs a download, makes of a schema without models. */
const config: GetPrismaClientConfig = {
  previewFeatures: [],
  clientVersion: '7.10.0',
  engineVersion: '',
  activeProvider: 'mysql',
  inlineSchema: 'datasource db {\n  provider = "mysql"\n}\n',
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  parameterizationSchema: { strings: [], graph: 'AAAA' },
  compilerWasm: {
    getRuntime: async () => import('@prisma/client/runtime/query_compiler_fast_bg.mysql.mjs'),
    getQueryCompilerWasmModule: async () => {
      const { wasm } = await import('@prisma/client/runtime/query_compiler_fast_bg.mysql.wasm-base64.mjs')
      return new WebAssembly.Module(Buffer.from(wasm, 'base64'))
    },
    importName: './query_compiler_fast_bg.js',
  },
}

/** A Prisma client without models. */
export function newPrismaClient(adapter: unknown): RawPrisma {
  const PrismaClient = getPrismaClient(config) as unknown as new (options: { adapter: unknown }) => RawPrisma
  return new PrismaClient({ adapter })
}
