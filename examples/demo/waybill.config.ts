import { defineConfig } from '@waybill/cli'
import { compile, strikesOfYear, weatherOfMonth, yearbook } from './tasks.ts'

export default defineConfig({
  url: 'sqlite:out/waybill.db',
  tasks: [yearbook, strikesOfYear, weatherOfMonth, compile],
  queues: [
    { name: 'exports', weight: 1 },
    { name: 'imports', weight: 3 },
  ],
})
