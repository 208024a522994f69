import type { Command } from 'commander'
import { exportCommand, importCommand } from './exchange.js'
import { forget } from './forget.js'
import { gc } from './gc.js'
import { ls } from './ls.js'
import { show } from './show.js'
import { stats } from './stats.js'
import { trace } from './trace.js'
import { verify } from './verify.js'
import { whyMiss } from './why-miss.js'

/** What is kept of results beyond a process. */
export function store(program: Command): void {
  const parent = program
    .command('store')
    .description('Results that outlive the process: what is kept, how it came to be')
  for (const add of [ls, show, trace, whyMiss, forget, gc, verify, exportCommand, importCommand, stats]) add(parent)
  parent.addHelpText(
    'after',
    `
Examples:
  $ dugout store ls --store .dugout
  $ dugout store show 01928f --store results.sqlite
  $ dugout store gc --max-age 30d --dry-run

--store is a folder, a file (.sqlite, .sqlite3, .db) or an address (redis://host). Without it: the store of the
configuration (dugout.config.*, see dugout config), else .dugout.`,
  )
}
