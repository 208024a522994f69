/**
 * DICE-2016R, William Nordhaus's model of climate and economy, as tracked functions.
 *
 * Every parameter is a node, every quantity is a function of the period `t` (1 to 100, five years each, period 1 is 2015).
 * The names in capitals are the equations of the model's GAMS program. Money is in 2010 US dollars.
 *
 * Source: W. Nordhaus, "Revisiting the social cost of carbon", PNAS 114(7), 2017.
 */
import { add, Context, type Node, TweakSet, tracked } from 'dugout'
import { savingsRates } from './savings.js'

/** The number of periods. */
export const PERIODS = 100

/** The period that begins in a year: 1 for 2015. */
export const period = (year: number): number => (year - 2010) / 5

// Parameters. A unit of '' is a pure number.

const parameter = (name: string, value: number, unit: string, description: string) =>
  tracked(name, (): number => value, { description, unit, tags: ['parameter'] })

export const elasmu = parameter('elasmu', 1.45, '', 'elasticity of marginal utility of consumption')
export const prstp = parameter('prstp', 0.015, 'per year', 'pure rate of social time preference')

export const gama = parameter('gama', 0.3, '', 'capital elasticity in production')
export const pop0 = parameter('pop0', 7403, 'million', 'population in 2015')
export const popadj = parameter('popadj', 0.134, 'per period', 'adjustment rate of population')
export const popasym = parameter('popasym', 11500, 'million', 'asymptotic population')
export const dk = parameter('dk', 0.1, 'per year', 'depreciation of capital')
export const q0 = parameter('q0', 105.5, 'trillion $/year', 'gross output in 2015')
export const k0 = parameter('k0', 223, 'trillion $', 'capital in 2015')
export const a0 = parameter('a0', 5.115, '', 'total factor productivity in 2015')
export const ga0 = parameter('ga0', 0.076, 'per period', 'initial growth of productivity')
export const dela = parameter('dela', 0.005, 'per year', 'decline of the growth of productivity')

export const gsigma1 = parameter('gsigma1', -0.0152, 'per year', 'initial growth of emissions intensity')
export const dsig = parameter('dsig', -0.001, 'per year', 'decline of the growth of emissions intensity')
export const eland0 = parameter('eland0', 2.6, 'GtCO2/year', 'emissions from land in 2015')
export const deland = parameter('deland', 0.115, 'per period', 'decline of emissions from land')
export const e0 = parameter('e0', 35.85, 'GtCO2/year', 'industrial emissions in 2015, for the initial intensity')
export const miu0 = parameter('miu0', 0.03, '', 'emissions control rate in 2015, for the initial intensity')

export const mat0 = parameter('mat0', 851, 'GtC', 'carbon in the atmosphere in 2015')
export const mu0 = parameter('mu0', 460, 'GtC', 'carbon in the upper ocean in 2015')
export const ml0 = parameter('ml0', 1740, 'GtC', 'carbon in the deep ocean in 2015')
export const mateq = parameter('mateq', 588, 'GtC', 'pre-industrial carbon in the atmosphere')
export const mueq = parameter('mueq', 360, 'GtC', 'pre-industrial carbon in the upper ocean')
export const mleq = parameter('mleq', 1720, 'GtC', 'pre-industrial carbon in the deep ocean')
export const b12 = parameter('b12', 0.12, 'per period', 'carbon transfer, atmosphere to upper ocean')
export const b23 = parameter('b23', 0.007, 'per period', 'carbon transfer, upper to deep ocean')

export const t2xco2 = parameter('t2xco2', 3.1, '°C', 'climate sensitivity: equilibrium warming of a CO2 doubling')
export const fco22x = parameter('fco22x', 3.6813, 'W/m²', 'forcing of a CO2 doubling')
export const fex0 = parameter('fex0', 0.5, 'W/m²', 'forcing other than CO2 in 2015')
export const fex1 = parameter('fex1', 1, 'W/m²', 'forcing other than CO2 from 2100 on')
export const tocean0 = parameter('tocean0', 0.0068, '°C', 'warming of the deep ocean in 2015')
export const tatm0 = parameter('tatm0', 0.85, '°C', 'warming of the atmosphere in 2015')
export const c1 = parameter('c1', 0.1005, '°C/(W/m²)', 'speed of adjustment of the atmosphere, per period')
export const c3 = parameter('c3', 0.088, 'W/m²/°C', 'heat transfer, atmosphere to deep ocean')
export const c4 = parameter('c4', 0.025, 'per period', 'heat transfer, deep ocean')

export const a1 = parameter('a1', 0, 'per °C', 'damages, linear coefficient')
export const a2 = parameter('a2', 0.00236, 'per °C²', 'damages, coefficient of the power')
export const a3 = parameter('a3', 2, '', 'damages, exponent of the power')
export const expcost2 = parameter('expcost2', 2.6, '', 'exponent of the cost of abatement')
export const pback = parameter('pback', 550, '$/tCO2', 'backstop price in 2015')
export const gback = parameter('gback', 0.025, 'per period', 'decline of the backstop price')
export const cprice0 = parameter('cprice0', 2, '$/tCO2', 'carbon price in 2015 under current policy')
export const gcprice = parameter('gcprice', 0.02, 'per year', 'growth of the carbon price under current policy')

export const scale1 = parameter('scale1', 0.0302455265681763, '', 'scaling of welfare, factor')
export const scale2 = parameter('scale2', -10993.704, '', 'scaling of welfare, summand')

// What grows by itself: population, technology, policy.

/** L(1) = pop0; L(t+1) = L(t) (popasym / L(t))^popadj. */
export const population = tracked(
  'population',
  (t: number): number => {
    if (t === 1) return pop0()
    const before = population(t - 1)
    return before * (popasym() / before) ** popadj()
  },
  { description: 'population', unit: 'million' },
)

/** ga(t) = ga0 exp(-5 dela (t-1)). */
export const productivityGrowth = tracked(
  'productivityGrowth',
  (t: number): number => ga0() * Math.exp(-dela() * 5 * (t - 1)),
  { description: 'growth of total factor productivity', unit: 'per period' },
)

/** A(1) = a0; A(t+1) = A(t) / (1 - ga(t)). */
export const productivity = tracked(
  'productivity',
  (t: number): number => (t === 1 ? a0() : productivity(t - 1) / (1 - productivityGrowth(t - 1))),
  { description: 'total factor productivity', unit: '' },
)

/** gsig(1) = gsigma1; gsig(t+1) = gsig(t) (1 + dsig)^5. */
export const intensityGrowth = tracked(
  'intensityGrowth',
  (t: number): number => (t === 1 ? gsigma1() : intensityGrowth(t - 1) * (1 + dsig()) ** 5),
  { description: 'growth of emissions intensity', unit: 'per year' },
)

/** sigma(1) = e0 / (q0 (1 - miu0)); sigma(t+1) = sigma(t) exp(5 gsig(t)). */
export const emissionsIntensity = tracked(
  'emissionsIntensity',
  (t: number): number =>
    t === 1 ? e0() / (q0() * (1 - miu0())) : emissionsIntensity(t - 1) * Math.exp(5 * intensityGrowth(t - 1)),
  { description: 'industrial emissions per output, uncontrolled', unit: 'kgCO2/$' },
)

/** etree(t) = eland0 (1 - deland)^(t-1). */
export const landEmissions = tracked('landEmissions', (t: number): number => eland0() * (1 - deland()) ** (t - 1), {
  description: 'emissions from deforestation',
  unit: 'GtCO2/year',
})

/** forcoth(t) = fex0 + (fex1 - fex0) min(t-1, 17) / 17. */
export const otherForcing = tracked(
  'otherForcing',
  (t: number): number => fex0() + ((fex1() - fex0()) * Math.min(t - 1, 17)) / 17,
  { description: 'forcing by what is not CO2', unit: 'W/m²' },
)

/** pbacktime(t) = pback (1 - gback)^(t-1). */
export const backstopPrice = tracked('backstopPrice', (t: number): number => pback() * (1 - gback()) ** (t - 1), {
  description: 'price at which a technology without carbon takes over',
  unit: '$/tCO2',
})

/** cpricebase(t) = cprice0 (1 + gcprice)^(5 (t-1)). */
export const carbonPrice = tracked('carbonPrice', (t: number): number => cprice0() * (1 + gcprice()) ** (5 * (t - 1)), {
  description: 'price of carbon under current policy',
  unit: '$/tCO2',
})

/**
 * The control rate that the carbon price brings about, (price / backstop)^(1 / (expcost2 - 1)): at most 1, and from
 * period 31 on, when carbon can be taken out of the air, 1.2. CARBPRICEEQ, solved for MIU.
 */
export const controlRate = tracked(
  'controlRate',
  (t: number): number => Math.min((carbonPrice(t) / backstopPrice(t)) ** (1 / (expcost2() - 1)), t < 31 ? 1 : 1.2),
  { description: 'share of industrial emissions avoided', unit: '' },
)

/** s(t): the path that maximises welfare in the base, kept in every scenario. */
export const savingsRate = tracked(
  'savingsRate',
  (t: number): number => {
    const rate = savingsRates[t - 1]
    if (rate === undefined) throw new RangeError(`period ${t} is not one of 1 to ${PERIODS}`)
    return rate
  },
  { description: 'share of net output invested', unit: '' },
)

// Economy.

/** KK: K(1) = k0; K(t+1) = (1 - dk)^5 K(t) + 5 I(t). */
export const capital = tracked(
  'capital',
  (t: number): number => (t === 1 ? k0() : (1 - dk()) ** 5 * capital(t - 1) + 5 * investment(t - 1)),
  { description: 'capital', unit: 'trillion $' },
)

/** YGROSSEQ: A(t) (L(t) / 1000)^(1 - gama) K(t)^gama. */
export const grossOutput = tracked(
  'grossOutput',
  (t: number): number => productivity(t) * (population(t) / 1000) ** (1 - gama()) * capital(t) ** gama(),
  { description: 'output before damages and abatement', unit: 'trillion $/year' },
)

/** DAMFRACEQ: a1 T(t) + a2 T(t)^a3. */
export const damageFraction = tracked(
  'damageFraction',
  (t: number): number => a1() * temperature(t) + a2() * temperature(t) ** a3(),
  { description: 'share of gross output lost to warming', unit: '' },
)

/** DAMEQ: gross output times damage fraction. */
export const damages = tracked('damages', (t: number): number => grossOutput(t) * damageFraction(t), {
  description: 'output lost to warming',
  unit: 'trillion $/year',
})

/** cost1(t) = backstop(t) sigma(t) / expcost2 / 1000. */
export const abatementCostFactor = tracked(
  'abatementCostFactor',
  (t: number): number => (backstopPrice(t) * emissionsIntensity(t)) / expcost2() / 1000,
  { description: 'cost of avoiding all industrial emissions, as a share of gross output', unit: '' },
)

/** ABATEEQ: Y0(t) cost1(t) mu(t)^expcost2. */
export const abatementCost = tracked(
  'abatementCost',
  (t: number): number => grossOutput(t) * abatementCostFactor(t) * controlRate(t) ** expcost2(),
  { description: 'cost of avoiding emissions', unit: 'trillion $/year' },
)

/** YNETEQ and YY: Y0(t) (1 - D(t)) less the cost of abatement. */
export const netOutput = tracked(
  'netOutput',
  (t: number): number => grossOutput(t) * (1 - damageFraction(t)) - abatementCost(t),
  { description: 'output after damages and abatement', unit: 'trillion $/year' },
)

/** SEQ: s(t) Y(t). */
export const investment = tracked('investment', (t: number): number => savingsRate(t) * netOutput(t), {
  description: 'investment',
  unit: 'trillion $/year',
})

/** Nothing: what {@link socialCostOfCarbon} moves. */
export const extraConsumption = tracked('extraConsumption', (_t: number): number => 0, {
  description: 'consumption on top of that of the model',
  unit: 'trillion $/year',
})

/** CC: Y(t) - I(t). */
export const consumption = tracked(
  'consumption',
  (t: number): number => netOutput(t) - investment(t) + extraConsumption(t),
  { description: 'consumption', unit: 'trillion $/year' },
)

/** CPCE: 1000 C(t) / L(t). */
export const consumptionPerHead = tracked(
  'consumptionPerHead',
  (t: number): number => (1000 * consumption(t)) / population(t),
  { description: 'consumption per head', unit: 'thousand $/year' },
)

// Emissions, carbon, climate.

/** EINDEQ: sigma(t) Y0(t) (1 - mu(t)). */
export const industrialEmissions = tracked(
  'industrialEmissions',
  (t: number): number => emissionsIntensity(t) * grossOutput(t) * (1 - controlRate(t)),
  { description: 'emissions from industry', unit: 'GtCO2/year' },
)

/** Nothing: what {@link socialCostOfCarbon} moves. */
export const pulse = tracked('pulse', (_t: number): number => 0, {
  description: 'emissions on top of those of the model',
  unit: 'GtCO2/year',
})

/** EEQ: from industry, from land, and the pulse. */
export const emissions = tracked(
  'emissions',
  (t: number): number => industrialEmissions(t) + landEmissions(t) + pulse(t),
  { description: 'emissions', unit: 'GtCO2/year' },
)

/** b11 = 1 - b12. */
export const b11 = tracked('b11', (): number => 1 - b12(), {
  description: 'carbon that stays in the atmosphere',
  unit: 'per period',
})

/** b21 = b12 mateq / mueq. */
export const b21 = tracked('b21', (): number => (b12() * mateq()) / mueq(), {
  description: 'carbon transfer, upper ocean to atmosphere',
  unit: 'per period',
})

/** b22 = 1 - b21 - b23. */
export const b22 = tracked('b22', (): number => 1 - b21() - b23(), {
  description: 'carbon that stays in the upper ocean',
  unit: 'per period',
})

/** b32 = b23 mueq / mleq. */
export const b32 = tracked('b32', (): number => (b23() * mueq()) / mleq(), {
  description: 'carbon transfer, deep to upper ocean',
  unit: 'per period',
})

/** b33 = 1 - b32. */
export const b33 = tracked('b33', (): number => 1 - b32(), {
  description: 'carbon that stays in the deep ocean',
  unit: 'per period',
})

/** MMAT: Mat(t+1) = b11 Mat(t) + b21 Mu(t) + E(t) 5 / 3.666, where 3.666 tons of CO2 hold a ton of carbon. */
export const atmosphericCarbon = tracked(
  'atmosphericCarbon',
  (t: number): number =>
    t === 1
      ? mat0()
      : atmosphericCarbon(t - 1) * b11() + upperOceanCarbon(t - 1) * b21() + (emissions(t - 1) * 5) / 3.666,
  { description: 'carbon in the atmosphere', unit: 'GtC' },
)

/** MMU: Mu(t+1) = b12 Mat(t) + b22 Mu(t) + b32 Ml(t). */
export const upperOceanCarbon = tracked(
  'upperOceanCarbon',
  (t: number): number =>
    t === 1
      ? mu0()
      : atmosphericCarbon(t - 1) * b12() + upperOceanCarbon(t - 1) * b22() + deepOceanCarbon(t - 1) * b32(),
  { description: 'carbon in the upper ocean', unit: 'GtC' },
)

/** MML: Ml(t+1) = b33 Ml(t) + b23 Mu(t). */
export const deepOceanCarbon = tracked(
  'deepOceanCarbon',
  (t: number): number => (t === 1 ? ml0() : deepOceanCarbon(t - 1) * b33() + upperOceanCarbon(t - 1) * b23()),
  { description: 'carbon in the deep ocean', unit: 'GtC' },
)

/** FORCE: fco22x log2(Mat(t) / 588) + other forcing. The original writes 588 here, not `mateq`. */
export const forcing = tracked(
  'forcing',
  (t: number): number => fco22x() * Math.log2(atmosphericCarbon(t) / 588) + otherForcing(t),
  { description: 'radiative forcing since 1900', unit: 'W/m²' },
)

/** TATMEQ: T(t+1) = T(t) + c1 (F(t+1) - fco22x / t2xco2 T(t) - c3 (T(t) - O(t))). */
export const temperature = tracked(
  'temperature',
  (t: number): number => {
    if (t === 1) return tatm0()
    const before = temperature(t - 1)
    const toOcean = c3() * (before - oceanTemperature(t - 1))
    return before + c1() * (forcing(t) - (fco22x() / t2xco2()) * before - toOcean)
  },
  { description: 'warming of the atmosphere since 1900', unit: '°C' },
)

/** TOCEANEQ: O(t+1) = O(t) + c4 (T(t) - O(t)). */
export const oceanTemperature = tracked(
  'oceanTemperature',
  (t: number): number => {
    if (t === 1) return tocean0()
    const before = oceanTemperature(t - 1)
    return before + c4() * (temperature(t - 1) - before)
  },
  { description: 'warming of the deep ocean since 1900', unit: '°C' },
)

// Welfare, and what a ton of carbon takes from it.

/** PERIODUEQ: (c(t)^(1 - elasmu) - 1) / (1 - elasmu) - 1, which at elasmu = 1 is log(c(t)) - 1. */
export const utility = tracked(
  'utility',
  (t: number): number => {
    const curvature = 1 - elasmu()
    const perHead = consumptionPerHead(t)
    return (curvature === 0 ? Math.log(perHead) : (perHead ** curvature - 1) / curvature) - 1
  },
  { description: 'utility of a head', unit: '' },
)

/** rr(t) = 1 / (1 + prstp)^(5 (t-1)). */
export const discountFactor = tracked('discountFactor', (t: number): number => 1 / (1 + prstp()) ** (5 * (t - 1)), {
  description: 'weight of a period in welfare',
  unit: '',
})

/** CEMUTOTPEREQ: L(t) u(t) rr(t). */
export const discountedUtility = tracked(
  'discountedUtility',
  (t: number): number => population(t) * utility(t) * discountFactor(t),
  { description: 'utility of all, discounted to 2015', unit: '' },
)

/** UTIL: scale2 + 5 scale1 times the sum over all periods. */
export const welfare = tracked(
  'welfare',
  (): number => {
    let sum = 0
    for (let t = 1; t <= PERIODS; t++) sum += discountedUtility(t)
    return scale2() + 5 * scale1() * sum
  },
  { description: 'welfare', unit: '' },
)

/**
 * What one more ton of CO2 in period t costs, in consumption of that period: how much welfare moves with emissions, over
 * how much it moves with consumption. A what-if inside a function: it asks for welfare in contexts of its own, so it is
 * right in every scenario, and its result is kept like any other.
 */
export const socialCostOfCarbon = tracked(
  'socialCostOfCarbon',
  (t: number): number => (-1000 * welfareSlope(pulse.at(t))) / welfareSlope(extraConsumption.at(t)),
  { description: 'social cost of carbon', unit: '$/tCO2' },
)

/** The derivative of welfare by central differences. */
function welfareSlope(input: Node<(t: number) => number>): number {
  const step = 0.001
  const welfareAt = (change: number): number =>
    Context.current()
      .with(new TweakSet().adjust(input, add(change)))
      .get(welfare)
  return (welfareAt(step) - welfareAt(-step)) / (2 * step)
}

/** The quantities by period, under the column names of expected-base.csv. */
export const quantities = {
  population,
  total_factor_productivity: productivity,
  emissions_intensity: emissionsIntensity,
  land_emissions: landEmissions,
  exogenous_forcing: otherForcing,
  control_rate: controlRate,
  capital,
  gross_output: grossOutput,
  industrial_emissions: industrialEmissions,
  total_emissions: emissions,
  carbon_atmosphere: atmosphericCarbon,
  carbon_upper_ocean: upperOceanCarbon,
  carbon_deep_ocean: deepOceanCarbon,
  radiative_forcing: forcing,
  temperature_atmosphere: temperature,
  temperature_ocean: oceanTemperature,
  damage_fraction: damageFraction,
  abatement_cost: abatementCost,
  net_output: netOutput,
  consumption,
  consumption_per_capita: consumptionPerHead,
} as const
