/** How far a tool is, on stderr and only on a terminal: drawn in place, gone when it is done. */
import process from 'node:process'
import type { Progress } from '../index.js'

const WIDTH = 24

export class Bar {
  readonly #stream = process.stderr
  readonly #started = performance.now()
  #drawn = false

  /** To be given to a tool as `onProgress`. */
  readonly show = ({ tool, done, total }: Progress): void => {
    if (!this.#stream.isTTY) return
    const count = done.toLocaleString('en-US')
    const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total)
    const text =
      share === undefined
        ? `${tool} ${count}`
        : `${tool} ${bar(share)} ${count}/${total?.toLocaleString('en-US')} ${this.#left(share)}`
    this.#stream.write(`\r\x1b[2K${text.slice(0, (this.#stream.columns || 80) - 1)}`)
    this.#drawn = true
  }

  /** Wipe it. */
  done(): void {
    if (this.#drawn) this.#stream.write('\r\x1b[2K')
    this.#drawn = false
  }

  #left(share: number): string {
    const spent = (performance.now() - this.#started) / 1000
    if (share === 0 || spent < 1) return ''
    return `${Math.ceil(spent / share - spent)} s left`
  }
}

function bar(share: number): string {
  const full = Math.round(share * WIDTH)
  return '█'.repeat(full) + '░'.repeat(WIDTH - full)
}
