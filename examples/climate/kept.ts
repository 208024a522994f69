/**
 * The scenarios again, with results that outlive the process. Run it twice: the second process runs no body. Then edit an
 * equation in model.ts, and once more: what does not depend on it is found.
 *
 *   npm run transpile && node build/examples/climate/kept.js [folder]
 */
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { Context } from 'dugout'
import { filesystemStore, openMemo } from 'dugout/memo'
import { grouped, table } from '../report.js'
import * as dice from './model.js'
import { scenarios } from './scenarios.js'

const folder = path.resolve(process.argv[2] ?? path.join(tmpdir(), 'dugout-climate'))
const memo = await openMemo({
  store: filesystemStore(folder),
  modules: [{ url: new URL('model.js', import.meta.url).href, exports: dice }],
  policy: 'all',
})
const base = new Context({ name: 'base' })
memo.attach(base)

const t = dice.period(2035)
const warming = dice.temperature.at(t)
// Before anything is asked: why would the first question have to run?
const why = memo.explainMiss(base, warming)?.why

const ran = new Map<string, number>()
base.observe(({ type, node }) => {
  if (type !== 'ran') return
  const { function: name } = node.toJSON()
  ran.set(name, (ran.get(name) ?? 0) + 1)
})

const rows = [
  ['base', base] as const,
  ...Object.entries(scenarios).map(([name, tweaks]) => [name, base.with(tweaks)] as const),
]
const outlook = rows.map(([name, context]) =>
  context.run(() => [
    name,
    dice.temperature(t).toFixed(2),
    dice.damages(t).toFixed(2),
    dice.consumptionPerHead(t).toFixed(1),
  ]),
)
console.log(table(['what if, in 2035', 'warming\n°C', 'damages\ntrillion $', 'consumption a\nhead, 1000 $'], outlook))

const bodies = [...ran.values()].reduce((sum, count) => sum + count, 0)
if (why !== undefined) console.log(`\nNot found at first: ${why}`)
const names = [...ran.keys()].sort()
const of = names.length > 20 ? `${names.length} functions` : `${names.length} functions: ${names.join(', ')}`
console.log(
  bodies === 0 ? '\nNo body ran: all of it stood in the store.' : `\n${grouped(bodies)} bodies ran, of ${of}.`,
)
console.log(`The store: ${folder}`)
