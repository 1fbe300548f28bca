import { defineConfig, type WaybillConfig } from '@waybill/cli'

const config: WaybillConfig = defineConfig({ tasks: './tasks.ts', owner: 'ada' })
export default config
