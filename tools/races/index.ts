export { type ActName, type GatedLog, type Outcome, RACES, Race } from './races.ts'
