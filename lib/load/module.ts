/**
 * A module of the user's, a model or a configuration, as one file that Node can import: TypeScript translated, its own files
 * bundled, packages left where they are. `dugout` is always the library that this code belongs to, so that both speak of
 * the same graphs.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import type { Loader, Plugin } from 'esbuild'
import { folder } from './leftovers.js'

const OWN = Symbol('resolved by esbuild')

/**
 * Translate and import; gives the exports. The files that it is made of are added to a set, also where that fails. Throws
 * esbuild's own errors where it cannot be translated, and what the module throws.
 */
export async function load(file: string, files = new Set<string>()): Promise<Readonly<Record<string, unknown>>> {
  const { build } = await import('esbuild')
  const place = await folder()
  const outfile = path.join(place, `${path.basename(file).replace(/\.[^.]+$/, '')}.mjs`)
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: process.cwd(),
      entryPoints: [file],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: `node${process.versions.node.split('.', 2).join('.')}`,
      // functions are named for nodes, also where two files use one name
      keepNames: true,
      sourcemap: 'inline',
      sourcesContent: false,
      metafile: true,
      write: false,
      logLevel: 'silent',
      define: {
        'import.meta.url': 'dugout_url',
        'import.meta.dirname': 'dugout_dirname',
        'import.meta.filename': 'dugout_filename',
      },
      plugins: [resolving, locating(files)],
    })
    await writeFile(outfile, (outputFiles[0] as { contents: Uint8Array }).contents)
    for (const input of Object.keys(metafile.inputs)) files.add(path.resolve(input))
    return (await import(pathToFileURL(outfile).href)) as Record<string, unknown>
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** Packages stay outside, under the address where they are: the bundle is written elsewhere. */
const resolving: Plugin = {
  name: 'packages',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path: name, kind, importer, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || pluginData === OWN || path.isAbsolute(name)) return undefined
      if (name.startsWith('node:') || builtinModules.includes(name)) return { path: name, external: true }
      if (name === 'dugout' || name.startsWith('dugout/')) return { path: import.meta.resolve(name), external: true }
      const found = await build.resolve(name, { kind, importer, resolveDir, pluginData: OWN })
      if (found.errors.length > 0 || !/[\\/]node_modules[\\/]/.test(found.path)) return found
      return { path: pathToFileURL(found.path).href, external: true }
    })
  },
}

/** `import.meta` of a file speaks of that file, and not of the bundle. Every file that is read is added to a set. */
const locating = (files: Set<string>): Plugin => ({
  name: 'import.meta',
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path: file }) => {
      files.add(file)
      const source = await readFile(file, 'utf8')
      if (!source.includes('import.meta')) return undefined
      const url = JSON.stringify(pathToFileURL(file).href)
      const names = `const dugout_url = ${url}, dugout_filename = ${JSON.stringify(file)}, dugout_dirname = ${JSON.stringify(path.dirname(file))};`
      // on the first line, so that the others keep their numbers
      return {
        contents: `${names}${source.replace(/^#!/, '//')}`,
        loader: path.extname(file).replace(/^\.[cm]?/, '') as Loader,
      }
    })
  },
})
