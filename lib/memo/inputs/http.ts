/**
 * What an address gives, by what the server says of it: its ETag, else the time of its last change where that is long
 * enough ago to tell two changes apart (RFC 9110, 8.8.2.2), else the SHA-256 of the body.
 */

import type { Tracked } from '../../core/rooms.js'
import { sha256 } from '../codec/hash.js'
import { InputError } from '../errors.js'
import type { Bytes } from './bytes.js'
import { inputLabel, inputLater } from './input.js'
import { missing, type Reading } from './readings.js'

/** Milliseconds between the last change of something and the answer, from which on its time tells it from the next. */
const SETTLED = 60_000

/**
 * The body that a GET of an address gives. Where there is nothing (404 or 410), that is what it gives, as an error, until
 * there is something.
 * @throws InputError where the server cannot be reached, or gives another status
 */
export const http: Tracked<(url: string) => Promise<Bytes>> = inputLater<Bytes>({ kind: 'http', read, look })

async function read(url: string, signal?: AbortSignal): Promise<Reading<Bytes>> {
  const response = await asked(url, 'GET', signal)
  if (response.status === 404 || response.status === 410) {
    await response.body?.cancel()
    return missing(new Error(`${inputLabel('http', url)}: there is nothing there (${response.status}).`))
  }
  if (!response.ok) {
    await response.body?.cancel()
    throw new InputError(inputLabel('http', url), new Error(`status ${response.status}`))
  }
  const bytes = await bodyOf(response, url)
  return { state: validatorOf(response.headers) ?? sha256(bytes), content: () => bytes }
}

async function look(url: string, signal?: AbortSignal): Promise<string> {
  const response = await asked(url, 'HEAD', signal)
  const validator = response.ok ? validatorOf(response.headers) : undefined
  // not every server answers a HEAD, and what says nothing of itself has to be read
  return validator ?? (await read(url, signal)).state
}

async function asked(url: string, method: 'GET' | 'HEAD', signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { method, ...(signal !== undefined && { signal }) })
  } catch (error) {
    throw new InputError(inputLabel('http', url), error)
  }
}

async function bodyOf(response: Response, url: string): Promise<Buffer> {
  try {
    return Buffer.from(await response.arrayBuffer())
  } catch (error) {
    throw new InputError(inputLabel('http', url), error)
  }
}

/** What tells this version of a resource from others, in the server's own words. */
function validatorOf(headers: Headers): string | undefined {
  const tag = headers.get('etag')
  // a server that compresses on the way weakens the tag of a GET and not that of a HEAD
  if (tag !== null) return `etag:${tag.replace(/^W\//, '')}`
  const changed = headers.get('last-modified')
  const age = Date.parse(headers.get('date') ?? '') - Date.parse(changed ?? '')
  return changed !== null && age >= SETTLED ? `last-modified:${changed}` : undefined
}
