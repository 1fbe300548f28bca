import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** Run by `npm run check`, after the build: these tests try what is published, not the sources. */
const config: ViteUserConfig = defineConfig({
  test: {
    name: 'packed',
    root: import.meta.dirname,
    include: ['*.consumer.ts'],
    globalSetup: ['setup.ts'],
    // A bound for a busy machine of two cores; no test waits for it.
    testTimeout: 300_000,
  },
})

export default config
