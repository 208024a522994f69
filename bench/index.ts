// npm run bench            all rows
// npm run bench T4 T6      some of them
//
// Each row runs in a process of its own, one after the other. A missed goal is printed as missed and fails nothing; a row
// that throws, because results differ or something is not there, makes the exit code 1.
import { fork } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Measured, type Row, type RowModule, verdict } from './row.js'

interface Report extends Measured {
  readonly row: Row
}

const here = path.dirname(fileURLToPath(import.meta.url))
const rows = path.join(here, 'rows')

async function files(chosen: readonly string[]): Promise<string[]> {
  const names = (await readdir(rows)).filter((name) => name.endsWith('.js'))
  const id = (name: string): string => name.replace(/[-.].*$/, '')
  const unknown = chosen.filter((wanted) => !names.some((name) => id(name) === wanted))
  if (unknown.length > 0) throw new Error(`no such row: ${unknown.join(', ')}; there are ${names.map(id).join(', ')}`)
  const inOrder = new Intl.Collator('en', { numeric: true })
  return names
    .filter((name) => chosen.length === 0 || chosen.includes(id(name)))
    .sort((one, other) => Number(/^T\d/.test(other)) - Number(/^T\d/.test(one)) || inOrder.compare(one, other))
}

function runApart(name: string): Promise<Report> {
  const child = fork(fileURLToPath(import.meta.url), ['--row', name], {
    execArgv: ['--expose-gc', '--max-old-space-size=8192'],
    // mobx loads a slower build otherwise.
    env: { ...process.env, NODE_ENV: 'production' },
  })
  return new Promise((resolve, reject) => {
    let report: Report | undefined
    child.on('message', (message) => {
      report = message as Report
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (report === undefined) reject(new Error(`${name} ended with ${signal ?? code}`))
      else resolve(report)
    })
  })
}

async function runHere(name: string): Promise<void> {
  const { row, measure } = (await import(path.join(rows, name))) as RowModule
  const report: Report = { row, ...(await measure()) }
  process.send?.(report)
}

const digits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3, useGrouping: false })

function print({ row, figures, detail }: Report, before: Measured | undefined): void {
  process.stdout.write(`\n${row.id.padEnd(5)} ${row.what}\n`)
  for (const [index, goal] of row.goals.entries()) {
    const figure = figures[index] as number
    const was = before?.figures[index]
    const sign = goal.direction === 'at most' ? '<=' : '>='
    const columns = [
      `  ${goal.what}`.padEnd(52),
      `${digits.format(figure)} ${goal.unit}`.padStart(10),
      `goal ${sign} ${goal.goal}`.padStart(14),
      `moonshot ${sign} ${goal.moonshot}`.padStart(18),
      `  ${verdict(goal, figure)}`.padEnd(11),
      was === undefined ? '' : `before ${digits.format(was)}`,
    ]
    process.stdout.write(`${columns.join('').trimEnd()}\n`)
  }
  for (const [what, value] of Object.entries(detail)) {
    process.stdout.write(`      ${what.padEnd(64)} ${digits.format(value).padStart(10)}\n`)
  }
}

async function main(chosen: readonly string[]): Promise<void> {
  const results = path.join(here, '..', 'bench-results', `${process.versions.node.split('.')[0]}.json`)
  const text = await readFile(results, 'utf8').catch(() => '{}')
  const known = JSON.parse(text) as Record<string, Measured>
  process.stdout.write(`Node ${process.versions.node}, ${process.platform} ${process.arch}\n`)
  for (const name of await files(chosen)) {
    try {
      const report = await runApart(name)
      print(report, known[report.row.id])
      known[report.row.id] = report
    } catch (error) {
      process.stdout.write(`\n${name}: ${String(error)}\n`)
      process.exitCode = 1
    }
  }
  await mkdir(path.dirname(results), { recursive: true })
  await writeFile(results, `${JSON.stringify(known, undefined, 2)}\n`)
}

const [first, name] = process.argv.slice(2)
if (first === '--row' && name !== undefined) await runHere(name)
else {
  await main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
}
