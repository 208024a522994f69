import type { Layers, Work } from '../layers.js'

/** One way to answer what-ifs on a layered model. The whole model is evaluated when it is made. */
export interface Scenario {
  /** What the target is if the leaf has this value; the model is back at its base afterwards. */
  readonly whatIf: (value: number) => number
  /** The target as it stands. */
  readonly base: () => number
}

export type MakeScenario = (layers: Layers, work: Work) => Scenario
