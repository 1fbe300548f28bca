export type { CallFate, Fate } from './gated-log.ts'
export { seededRandom } from './random.ts'
export { createSimulation, type SimulatedWorker, Simulation, type SimulationOptions } from './simulation.ts'
export { VirtualClock } from './virtual-clock.ts'
