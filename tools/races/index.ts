export { type ActName, type GatedLog, type Interleaving, type Outcome, RACES, Race } from './races.ts'
