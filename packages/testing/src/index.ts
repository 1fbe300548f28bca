export type { CallFate, Fate } from './gated.ts'
export { seededRandom } from './random.ts'
export {
  createSimulation,
  type SimulatedProcess,
  type SimulatedProducer,
  type SimulatedWorker,
  Simulation,
  type SimulationOptions,
} from './simulation.ts'
export { VirtualClock } from './virtual-clock.ts'
