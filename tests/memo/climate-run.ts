// The climate model in a process of its own: node climate-run.js <model> <store> <what>. It prints values, the functions
// whose bodies ran, and why the first question was not answered by the store.
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import type * as Climate from '../../examples/climate/model.js'
import { Context, type Node, scale, TweakSet } from '../../lib/index.js'
import { filesystemStore, openMemo } from '../../lib/memo/index.js'

const [, , file = '', store = '', what = ''] = process.argv
const url = pathToFileURL(file).href
const dice = (await import(url)) as typeof Climate
const isComparison = what === 'comparison'
const memo = await openMemo({
  store: filesystemStore(store, { durability: 'process' }),
  modules: [{ url, exports: dice }],
  policy: isComparison ? (name) => ['welfare', 'socialCostOfCarbon'].includes(name) : 'all',
})
const base = new Context({ name: 'base' })
memo.attach(base)
const ran = new Set<string>()
base.observe(({ type, node }) => type === 'ran' && ran.add(node.toJSON().function))
const scenarios = [
  new TweakSet(),
  new TweakSet().tweak(dice.t2xco2, 4.5),
  new TweakSet().tweak(dice.elasmu, 1).tweak(dice.prstp, 0.001),
  new TweakSet().adjust(dice.damageFraction, scale(2)),
]
const nodes: Node<(t: number) => number>[] = isComparison ? [dice.socialCostOfCarbon.at(2)] : [dice.temperature.at(6)]
const why = nodes.map((node) => memo.explainMiss(base, node)?.why ?? '')
const values = scenarios.map((tweaks) => nodes.map((node) => base.with(tweaks).get(node)))
process.stdout.write(JSON.stringify({ values, ran: [...ran].sort(), why, evaluations: base.stats().evaluations }))
