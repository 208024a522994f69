// A redis-server of the tests' own: a random port of the loopback, a folder of its own, ended by its process id.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'

export interface RedisServer {
  readonly url: string
  /** Ends it as a crash would. */
  readonly stop: () => Promise<void>
}

export function isRedisHere(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0
}

/** Started and listening. */
export async function startRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dugout-redis-'))
  const port = await freePort()
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  await ready(child)
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      const gone = child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined
      child.kill('SIGKILL')
      await gone
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function ready(child: ChildProcess): Promise<void> {
  const patience = setTimeout(20_000, 'redis-server did not start', { ref: false })
  const listening = new Promise<undefined>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
    child.once('error', reject)
    child.stdout?.on('data', (text: Buffer) => {
      if (text.includes('Ready to accept connections')) resolve(undefined)
    })
  })
  const late = await Promise.race([listening, patience])
  if (late === undefined) return
  child.kill('SIGKILL')
  throw new Error(late)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => {
    server.close(resolve)
  })
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
