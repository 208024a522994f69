/** Packages that only one store needs: imported when it is opened, and named where they are not installed. */
import { MissingPackageError } from '../../core/index.js'
import { systemCode } from './errors.js'

/** The package, or undefined where it is not installed. */
export async function optional(name: string): Promise<Record<string, unknown> | undefined> {
  try {
    return (await import(name)) as Record<string, unknown>
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNKNOWN_BUILTIN_MODULE') return undefined
    // where loaders stand between, an error may arrive without its code
    if (error instanceof Error && error.message.startsWith(`Cannot find package '${name}'`)) return undefined
    throw error
  }
}

/** @throws MissingPackageError */
export async function required(name: string, what: string): Promise<Record<string, unknown>> {
  const found = await optional(name)
  if (found === undefined) throw new MissingPackageError(what, [name])
  return found
}
