/** External inputs: what a model may read from outside, and how it is looked at again. */
export type { Bytes } from './bytes.js'
export { directory, type FoundFile } from './directory.js'
export { env } from './env.js'
export { file, hashOfFile } from './file.js'
export { http } from './http.js'
export { now } from './now.js'
export { revalidate } from './revalidate.js'
