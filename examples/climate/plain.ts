/**
 * DICE-2016R as one would write it without the library: plain functions that remember their results for one run.
 * For comparison and for benchmarks; model.ts, which says what everything means, gives the same numbers to the last bit.
 */
import { savingsRates } from './savings.js'

export const base = {
  elasmu: 1.45,
  prstp: 0.015,
  gama: 0.3,
  pop0: 7403,
  popadj: 0.134,
  popasym: 11500,
  dk: 0.1,
  q0: 105.5,
  k0: 223,
  a0: 5.115,
  ga0: 0.076,
  dela: 0.005,
  gsigma1: -0.0152,
  dsig: -0.001,
  eland0: 2.6,
  deland: 0.115,
  e0: 35.85,
  miu0: 0.03,
  mat0: 851,
  mu0: 460,
  ml0: 1740,
  mateq: 588,
  mueq: 360,
  mleq: 1720,
  b12: 0.12,
  b23: 0.007,
  t2xco2: 3.1,
  fco22x: 3.6813,
  fex0: 0.5,
  fex1: 1,
  tocean0: 0.0068,
  tatm0: 0.85,
  c1: 0.1005,
  c3: 0.088,
  c4: 0.025,
  a1: 0,
  a2: 0.00236,
  a3: 2,
  expcost2: 2.6,
  pback: 550,
  gback: 0.025,
  cprice0: 2,
  gcprice: 0.02,
  scale1: 0.0302455265681763,
  scale2: -10993.704,
}

export type Parameters = Readonly<typeof base>
export type Quantity = (t: number) => number

const nothing: Quantity = () => 0

/** One run of the model: nothing is computed before it is asked for, and nothing twice. */
export function run(parameters: Parameters = base, pulse = nothing, extraConsumption = nothing) {
  const p = parameters
  const b11 = 1 - p.b12
  const b21 = (p.b12 * p.mateq) / p.mueq
  const b22 = 1 - b21 - p.b23
  const b32 = (p.b23 * p.mueq) / p.mleq
  const b33 = 1 - b32

  const population = remember((t) => {
    if (t === 1) return p.pop0
    const before = population(t - 1)
    return before * (p.popasym / before) ** p.popadj
  })
  const productivityGrowth = remember((t) => p.ga0 * Math.exp(-p.dela * 5 * (t - 1)))
  const productivity = remember((t) => (t === 1 ? p.a0 : productivity(t - 1) / (1 - productivityGrowth(t - 1))))
  const intensityGrowth = remember((t) => (t === 1 ? p.gsigma1 : intensityGrowth(t - 1) * (1 + p.dsig) ** 5))
  const emissionsIntensity = remember((t) =>
    t === 1 ? p.e0 / (p.q0 * (1 - p.miu0)) : emissionsIntensity(t - 1) * Math.exp(5 * intensityGrowth(t - 1)),
  )
  const landEmissions = remember((t) => p.eland0 * (1 - p.deland) ** (t - 1))
  const otherForcing = remember((t) => p.fex0 + ((p.fex1 - p.fex0) * Math.min(t - 1, 17)) / 17)
  const backstopPrice = remember((t) => p.pback * (1 - p.gback) ** (t - 1))
  const carbonPrice = remember((t) => p.cprice0 * (1 + p.gcprice) ** (5 * (t - 1)))
  const controlRate = remember((t) =>
    Math.min((carbonPrice(t) / backstopPrice(t)) ** (1 / (p.expcost2 - 1)), t < 31 ? 1 : 1.2),
  )
  const savingsRate = (t: number) => savingsRates[t - 1] ?? Number.NaN

  const capital = remember((t) => (t === 1 ? p.k0 : (1 - p.dk) ** 5 * capital(t - 1) + 5 * investment(t - 1)))
  const grossOutput = remember((t) => productivity(t) * (population(t) / 1000) ** (1 - p.gama) * capital(t) ** p.gama)
  const damageFraction = remember((t) => p.a1 * temperature(t) + p.a2 * temperature(t) ** p.a3)
  const damages = remember((t) => grossOutput(t) * damageFraction(t))
  const abatementCostFactor = remember((t) => (backstopPrice(t) * emissionsIntensity(t)) / p.expcost2 / 1000)
  const abatementCost = remember((t) => grossOutput(t) * abatementCostFactor(t) * controlRate(t) ** p.expcost2)
  const netOutput = remember((t) => grossOutput(t) * (1 - damageFraction(t)) - abatementCost(t))
  const investment = remember((t) => savingsRate(t) * netOutput(t))
  const consumption = remember((t) => netOutput(t) - investment(t) + extraConsumption(t))
  const consumptionPerHead = remember((t) => (1000 * consumption(t)) / population(t))

  const industrialEmissions = remember((t) => emissionsIntensity(t) * grossOutput(t) * (1 - controlRate(t)))
  const emissions = remember((t) => industrialEmissions(t) + landEmissions(t) + pulse(t))
  const atmosphericCarbon = remember((t) =>
    t === 1 ? p.mat0 : atmosphericCarbon(t - 1) * b11 + upperOceanCarbon(t - 1) * b21 + (emissions(t - 1) * 5) / 3.666,
  )
  const upperOceanCarbon = remember((t) =>
    t === 1 ? p.mu0 : atmosphericCarbon(t - 1) * p.b12 + upperOceanCarbon(t - 1) * b22 + deepOceanCarbon(t - 1) * b32,
  )
  const deepOceanCarbon = remember((t) =>
    t === 1 ? p.ml0 : deepOceanCarbon(t - 1) * b33 + upperOceanCarbon(t - 1) * p.b23,
  )
  const forcing = remember((t) => p.fco22x * Math.log2(atmosphericCarbon(t) / 588) + otherForcing(t))
  const temperature = remember((t) => {
    if (t === 1) return p.tatm0
    const before = temperature(t - 1)
    const toOcean = p.c3 * (before - oceanTemperature(t - 1))
    return before + p.c1 * (forcing(t) - (p.fco22x / p.t2xco2) * before - toOcean)
  })
  const oceanTemperature = remember((t) => {
    if (t === 1) return p.tocean0
    const before = oceanTemperature(t - 1)
    return before + p.c4 * (temperature(t - 1) - before)
  })

  const utility = remember((t) => {
    const curvature = 1 - p.elasmu
    const perHead = consumptionPerHead(t)
    return (curvature === 0 ? Math.log(perHead) : (perHead ** curvature - 1) / curvature) - 1
  })
  const discountFactor = remember((t) => 1 / (1 + p.prstp) ** (5 * (t - 1)))
  const discountedUtility = remember((t) => population(t) * utility(t) * discountFactor(t))
  const welfare = (): number => {
    let sum = 0
    for (let t = 1; t <= savingsRates.length; t++) sum += discountedUtility(t)
    return p.scale2 + 5 * p.scale1 * sum
  }

  return {
    population,
    productivityGrowth,
    productivity,
    intensityGrowth,
    emissionsIntensity,
    landEmissions,
    otherForcing,
    backstopPrice,
    carbonPrice,
    controlRate,
    capital,
    grossOutput,
    damageFraction,
    damages,
    abatementCostFactor,
    abatementCost,
    netOutput,
    investment,
    consumption,
    consumptionPerHead,
    industrialEmissions,
    emissions,
    atmosphericCarbon,
    upperOceanCarbon,
    deepOceanCarbon,
    forcing,
    temperature,
    oceanTemperature,
    utility,
    discountFactor,
    discountedUtility,
    welfare,
  }
}

/** Four runs of the whole model. $/tCO2. */
export function socialCostOfCarbon(t: number, parameters: Parameters = base): number {
  const step = 0.001
  const only =
    (change: number): Quantity =>
    (s) =>
      s === t ? change : 0
  const pulsed = (change: number) => run(parameters, only(change)).welfare()
  const fed = (change: number) => run(parameters, nothing, only(change)).welfare()
  return (-1000 * slope(pulsed, step)) / slope(fed, step)
}

const slope = (f: (x: number) => number, step: number): number => (f(step) - f(-step)) / (2 * step)

function remember(body: Quantity): Quantity {
  const known: number[] = []
  return (t) => {
    const before = known[t]
    if (before !== undefined) return before
    const value = body(t)
    known[t] = value
    return value
  }
}
