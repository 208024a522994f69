// Writes schema/scenario-book.schema.json from what the command takes: `npm run transpile && node scripts/schema.mjs`.
import { writeFileSync } from 'node:fs'
import { bookJSONSchema } from '../build/tests/cli/schema.js'

writeFileSync(new URL('../schema/scenario-book.schema.json', import.meta.url), bookJSONSchema())
