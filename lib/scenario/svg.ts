/** Vega-Lite to SVG without a browser, by the packages vega and vega-lite, which are loaded when first needed. */
import { MissingPackageError } from '../core/index.js'
import type { VegaLite } from './report.js'

interface Vega {
  readonly parse: (spec: object) => object
  readonly View: new (
    runtime: object,
    options: { renderer: 'none' },
  ) => {
    toSVG(): Promise<string>
    finalize(): unknown
  }
}

interface Compiler {
  readonly compile: (spec: object) => { readonly spec: object }
}

export async function svg(spec: VegaLite): Promise<string> {
  const [vega, lite] = await load()
  const view = new vega.View(vega.parse(lite.compile(spec).spec), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

async function load(): Promise<[Vega, Compiler]> {
  // named by variables: their types are not needed, and neither are the packages to compile
  const [vega, lite]: [string, string] = ['vega', 'vega-lite']
  try {
    return [(await import(vega)) as Vega, (await import(lite)) as Compiler]
  } catch (error) {
    throw new MissingPackageError('Drawing as SVG', [vega, lite], { cause: error })
  }
}
