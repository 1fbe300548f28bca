import { worldsKeepTheirPromises } from './worlds.ts'

worldsKeepTheirPromises(1, 600, ['broker wiped'], { hasBroker: true })
