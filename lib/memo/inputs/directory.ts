/** The files that a pattern finds, by their names and contents. */
import { globSync } from 'tinyglobby'
import { InputError } from '../errors.js'
import { isMissing } from '../stores/filesystem/files.js'
import { hashOfTexts } from '../trace.js'
import { hashOfFile } from './file.js'
import { input, inputLabel } from './input.js'
import type { Reading } from './readings.js'

/** A file that `directory` found. */
export interface FoundFile {
  /** As `file` takes it. */
  readonly path: string
  /** The SHA-256 of its bytes. */
  readonly hash: string
}

/**
 * The files that a pattern finds (`data/*.csv`; a folder stands for all that is in it), by their paths, with the hashes of
 * what is in them: a file that comes, goes or changes is a change. None found is no error.
 * @throws InputError where one cannot be read
 */
export const directory = input<readonly FoundFile[]>({
  kind: 'directory',
  read,
  look: (pattern) => read(pattern).state,
})

function read(pattern: string): Reading<readonly FoundFile[]> {
  const files = globSync(pattern)
    .sort()
    .flatMap((path) => found(path, pattern))
  return {
    state: hashOfTexts(...files.flatMap(({ path, hash }) => [path, hash])),
    content: () => files,
  }
}

function found(path: string, pattern: string): FoundFile[] {
  try {
    return [{ path, hash: hashOfFile(path) }]
  } catch (error) {
    // gone since it was found
    if (isMissing(error)) return []
    throw new InputError(inputLabel('directory', pattern), error)
  }
}
