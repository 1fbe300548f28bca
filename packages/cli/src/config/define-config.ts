import type { WaybillConfig } from './config.ts'

/** Answers its argument: gives `waybill.config.ts` types and completion. */
export function defineConfig(config: WaybillConfig): WaybillConfig {
  return config
}
