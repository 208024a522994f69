#!/usr/bin/env node
/** The command `dugout`. Parses, calls a room, prints; whatever is heavy is imported when a command needs it. */
import process from 'node:process'
import { main } from './main.js'

// whoever reads has seen enough: `dugout list model.ts | head`
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const stuck = (): never => {
  process.stderr.write('dugout: no answer: the model awaits something that nothing will settle any more.\n')
  process.exit(1)
}
process.once('beforeExit', stuck)
const code = await main(process.argv.slice(2))
process.removeListener('beforeExit', stuck)
// a timer or a connection of the model does not keep the shell waiting; what was printed goes out before
process.stdout.write('', () => process.exit(code))
