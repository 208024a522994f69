// npm run test:crash            20,000 kills of four writers
// npm run test:crash -- 500 7   so many, with another seed
import process from 'node:process'
import { killWriters } from './kills.js'

const [kills = '20000', seed = '1'] = process.argv.slice(2)
const batch = 500
let failed = 0
for (let done = 0; done < Number(kills); done += batch) {
  const report = await killWriters(Math.min(batch, Number(kills) - done), 4, Number(seed) + done)
  process.stdout.write(
    `${done + report.kills} kills, seed ${Number(seed) + done}: ${report.acknowledged} acknowledged\n`,
  )
  for (const what of report.wrong) process.stdout.write(`  ${what}\n`)
  failed += report.wrong.length
}
process.stdout.write(`${failed} wrong\n`)
process.exitCode = failed === 0 ? 0 : 1
