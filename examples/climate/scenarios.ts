import { scale, TweakSet } from 'dugout'
import { cprice0, damageFraction, elasmu, pback, prstp, t2xco2 } from './model.js'

/** What if: each a set of tweaks on the base. A parameter gets another value; a quantity is adjusted in every period. */
export const scenarios = {
  'low climate sensitivity': new TweakSet().tweak(t2xco2, 2),
  'high climate sensitivity': new TweakSet().tweak(t2xco2, 4.5),
  'Stern discounting': new TweakSet().tweak(elasmu, 1).tweak(prstp, 0.001),
  'doubled damages': new TweakSet().adjust(damageFraction, scale(2)),
  'backstop at half price': new TweakSet().adjust(pback, scale(0.5)),
  'carbon price from 50 $/t': new TweakSet().tweak(cprice0, 50),
} as const

export type Scenario = keyof typeof scenarios
