#!/usr/bin/env node
/** The command `dugout`. Parses, calls a room, prints; whatever is heavy is imported when a command needs it. */
import process from 'node:process'
import { main } from './main.js'

// whoever reads has seen enough: `dugout list model.ts | head`
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await main(process.argv.slice(2))
