// Writes what the command lines of docs/cli.md print into it: `npm run build && node scripts/cli-docs.mjs`. Lines in blocks
// of text, which take long or differ from run to run, are run with --all only.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const page = new URL('../docs/cli.md', import.meta.url)
const languages = process.argv.includes('--all') ? 'console|text' : 'console'

const text = readFileSync(page, 'utf8').replace(
  new RegExp(`^\`\`\`(${languages})\\n\\$ dugout ([^\\n]*)\\n(.*?)^\`\`\`$`, 'gms'),
  (_, language, line) => {
    const { stdout, stderr } = spawnSync('sh', ['-c', `'${process.execPath}' dist/cli.js ${line}`], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, COLUMNS: '100' },
    })
    return `\`\`\`${language}\n$ dugout ${line}\n${stdout}${stderr}\`\`\``
  },
)
writeFileSync(page, text)
