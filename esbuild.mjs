// node esbuild.mjs            dist/: one bundle an entry, and declarations
// node esbuild.mjs --bundle   dist/: the bundles alone
// node esbuild.mjs --test     build/: lib, tests, examples and bench file by file, in the same layout; and the bundles
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build, formatMessages, transform } from 'esbuild'

const root = path.dirname(fileURLToPath(import.meta.url))
const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
const target = 'node20'

// One an entry of the exports map, and the command.
const entries = {
  index: 'lib/index.ts',
  cli: 'lib/cli/index.ts',
  memo: 'lib/memo/index.ts',
  'memo/testing': 'lib/memo/testing.ts',
  run: 'lib/run/index.ts',
}

const folders = ['lib', 'tests', 'examples', 'bench']
const copied = new Set(['.json', '.csv', '.yaml', '.yml', '.txt', '.js', '.mjs', '.html'])

// The seeded bugs are there for the mutation tests alone: a bundle knows none of them.
const withoutSeededBugs = {
  name: 'without-seeded-bugs',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]lib[\\/].*\.ts$/ }, async (args) => {
      const source = await readFile(args.path, 'utf8')
      // Padded, so that columns in the source map stay right.
      const contents = source
        .replace(/\bseeded\.bug === (['"])[^'"\n]*\1/g, (test) => 'false'.padEnd(test.length))
        .replace(/\bseeded\.bug !== (['"])[^'"\n]*\1/g, (test) => 'true'.padEnd(test.length))
      return { contents, loader: 'ts' }
    })
  },
}

async function bundle() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target,
    minifySyntax: true,
    sourcemap: true,
    // Fields are set in constructors, once: defining them first makes the smallest objects twice as slow to make.
    tsconfigRaw: { compilerOptions: { target: 'ES2023', verbatimModuleSyntax: true, useDefineForClassFields: false } },
    external: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    plugins: [withoutSeededBugs],
    logLevel: 'silent',
    write: false,
  })
  for (const file of outputFiles) {
    if (file.path.endsWith('.js') && /\bseeded\b/.test(file.text)) {
      throw new Error(`${path.relative(root, file.path)} still holds seeded bugs: test them as seeded.bug === 'name'`)
    }
  }
  const names = new Set(outputFiles.map((file) => path.basename(file.path)))
  for (const file of outputFiles) await writeChanged(file.path, file.text)
  for (const name of await readdir(path.join(root, 'dist'))) {
    if (/\.js(\.map)?$/.test(name) && !names.has(name)) await rm(path.join(root, 'dist', name), { force: true })
  }
}

function declare() {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
}

// Files are replaced one by one and only where they differ: tests that are running meanwhile do not miss any.
async function transpile() {
  const written = new Set()
  const sources = (await Promise.all(folders.map(list))).flat()
  await Promise.all(
    sources.map(async (source) => {
      const file = path.join(root, source)
      if (source.endsWith('.ts') && !source.endsWith('.d.ts')) {
        const output = path.join(root, 'build', source.replace(/\.ts$/, '.js'))
        written.add(output).add(`${output}.map`)
        const { code, map } = await transpileFile(source, output)
        await writeChanged(`${output}.map`, map)
        await writeChanged(output, code)
      } else if (copied.has(path.extname(source))) {
        const output = path.join(root, 'build', source)
        written.add(output)
        await copyChanged(file, output)
      }
    }),
  )
  for (const folder of folders) {
    for (const file of await list(path.join('build', folder))) {
      if (!written.has(path.join(root, file))) await rm(path.join(root, file), { force: true })
    }
  }
}

async function transpileFile(source, output) {
  const sourcefile = path.relative(path.dirname(output), path.join(root, source)).replaceAll(path.sep, '/')
  try {
    const { code, map } = await transform(await readFile(path.join(root, source), 'utf8'), {
      loader: 'ts',
      format: 'esm',
      platform: 'node',
      target,
      sourcefile,
      sourcemap: 'external',
      tsconfigRaw: {
        compilerOptions: { target: 'ES2023', verbatimModuleSyntax: true, useDefineForClassFields: false },
      },
      logLevel: 'silent',
    })
    return { code: `${redirect(code, source, output)}//# sourceMappingURL=${path.basename(output)}.map\n`, map }
  } catch (error) {
    // A file that does not parse fails those that import it, and no others.
    const text = (await formatMessages(error.errors ?? [{ text: String(error) }], { kind: 'error' })).join('\n')
    process.stderr.write(`${source}:\n${text}\n`)
    return {
      code: `throw new SyntaxError(${JSON.stringify(`${source}: ${text}`)})\n`,
      map: '{"version":3,"sources":[],"mappings":""}',
    }
  }
}

// 'dugout' is the transpiled library to examples and tests, and the bundle, as users get it, to benchmarks.
function redirect(code, source, output) {
  const benchmark = source.startsWith(`bench${path.sep}`)
  const imported = benchmark
    ? /(\bfrom |\bimport\(|^import )"(?:dugout|(?:\.\.\/)+lib\/index\.js)"/gm
    : /(\bfrom |\bimport\(|^import )"dugout(\/memo|\/run)?"/gm
  return code.replace(imported, (_, before, room) => {
    const library = benchmark ? 'dist/index.js' : `build/lib${room ?? ''}/index.js`
    const to = path.relative(path.dirname(output), path.join(root, library)).replaceAll(path.sep, '/')
    return `${before}"${to.startsWith('.') ? to : `./${to}`}"`
  })
}

async function list(folder) {
  if (!existsSync(path.join(root, folder))) return []
  const found = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true })
  return found
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.partial'))
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
}

async function writeChanged(file, text) {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return
  await mkdir(path.dirname(file), { recursive: true })
  const partial = `${file}.${process.pid}.partial`
  await writeFile(partial, text)
  await rename(partial, file)
}

async function copyChanged(from, to) {
  const [old, current] = await Promise.all([stat(to).catch(() => undefined), stat(from)])
  if (old !== undefined && old.size === current.size && old.mtimeMs >= current.mtimeMs) return
  await mkdir(path.dirname(to), { recursive: true })
  const partial = `${to}.${process.pid}.partial`
  await copyFile(from, partial)
  await rename(partial, to)
}

const mode = process.argv[2]
try {
  if (mode === '--test') {
    await transpile()
    // The bundle that benchmarks load; tests do without it.
    await bundle().catch((error) => process.stderr.write(`no bundle: ${error.message}\n`))
  } else if (mode === '--bundle' || mode === undefined) {
    await bundle()
    if (mode === undefined) declare()
  } else {
    throw new Error(`unknown mode ${mode}: --test, --bundle or none`)
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
