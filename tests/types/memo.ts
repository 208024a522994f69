// Never run: the type check compiles it.
import type { Redis } from 'ioredis'
import { Context } from '../../lib/index.js'
import { file, http, type RedisConnection, redisStore } from '../../lib/memo/index.js'
import type { Store } from '../../lib/memo/store.js'

const base = new Context()

export function bytes(path: string): Buffer {
  const fetched: Promise<Buffer> = base.get(http.at('http://127.0.0.1/'))
  const under = base.with([[file.at(path), Buffer.from('1')]])
  return fetched === undefined ? file(path) : under.get(file.at(path))
}

export function ownConnection(client: Redis): Promise<Store> {
  // @ts-expect-error -- a connection of something else
  void redisStore({ client: { status: 'ready' } })
  const connection: RedisConnection = client
  return redisStore({ client: connection })
}
