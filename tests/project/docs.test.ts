import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { printedBy, project, promised, read, snippets } from './snippets.js'

const pages = ['README.md', ...(await readdir(path.join(project, 'docs'))).map((name) => `docs/${name}`)]

t.test('code in the documentation prints what it says', async (t) => {
  for (const page of pages) {
    for (const { language, text, line } of snippets(await read(page))) {
      if (language !== 'ts' || promised(text).length === 0) continue
      t.same(await printedBy(text), promised(text), `${page}:${line}`)
    }
  }
})

t.test('links in the documentation lead somewhere', async (t) => {
  for (const page of pages) {
    for (const [, target = ''] of (await read(page)).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^https?:/.test(target)) continue
      t.ok(existsSync(path.join(project, path.dirname(page), target)), `${page}: ${target}`)
    }
  }
})
