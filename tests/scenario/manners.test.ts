// What all tools have in common: they can be aborted wherever they wait, leave no context behind, and stop at an error.
import t from 'tap'
import {
  AbortedError,
  type AskOptions,
  attribute,
  Context,
  dataTable,
  distribution,
  goalSeek,
  InvalidQuestionError,
  linear,
  morris,
  optimize,
  scenarios,
  sensitivity,
  simulate,
  sobol,
  tracked,
} from '../../lib/index.js'
import { rejected, rejects } from '../core/helpers.js'

function model() {
  const x = tracked('x', () => 2)
  const y = tracked('y', () => 3)
  let isOpen = true
  const gates: (() => void)[] = []
  /** Waits for the gate, where that is closed. */
  const gate = async (): Promise<void> => {
    if (!isOpen) await new Promise<void>((resolve) => gates.push(resolve))
  }
  const slow = tracked('slow', async () => {
    await gate()
    return 5
  })
  const output = tracked('output', async () => {
    const value = x() * y() + (await slow())
    await gate()
    if (x() > 2.9) throw new RangeError('too much')
    return value
  })
  const close = (): void => {
    isOpen = false
  }
  return { base: new Context(), x, y, slow, output, close }
}

const range = distribution.uniform(1, 4)

type Asked = (made: ReturnType<typeof model>, options: AskOptions) => Promise<unknown>

const tools: Readonly<Record<string, Asked>> = {
  scenarios: ({ base, x, output }, options) => scenarios(base, { a: [[x, 1]], b: [[x, 3]] }, output, options),
  dataTable: ({ base, x, y, output }, options) =>
    dataTable(
      base,
      [
        [x, linear(1, 3, 8)],
        [y, [1, 2]],
      ],
      output,
      options,
    ),
  goalSeek: ({ base, slow, output }, options) => goalSeek(base, { set: output, to: 9, by: slow }, options),
  optimize: ({ base, slow, output }, options) =>
    optimize(base, { minimize: output, by: [[slow, 0, 9]], starts: 0, maxEvaluations: 20 }, options),
  sensitivity: ({ base, output }, options) => sensitivity(base, output, undefined, options),
  attribute: ({ base, x, y, output }, options) =>
    attribute(
      base,
      base.with([
        [x, 1],
        [y, 1],
      ]),
      output,
      { ...options, method: 'shapley' },
    ),
  simulate: ({ base, x, slow, output }, options) =>
    simulate(
      base,
      [
        [slow, range],
        [x, range],
      ],
      output,
      { ...options, samples: 40 },
    ),
  morris: ({ base, x, slow, output }, options) =>
    morris(
      base,
      [
        [slow, range],
        [x, range],
      ],
      output,
      options,
    ),
  sobol: ({ base, x, slow, output }, options) =>
    sobol(
      base,
      [
        [slow, range],
        [x, range],
      ],
      output,
      { ...options, samples: 16 },
    ),
}

for (const [name, ask] of Object.entries(tools)) {
  void t.test(`${name}: can be aborted at whatever it waits for, and leaves nothing behind`, async (t) => {
    for (const isWarm of [false, true]) {
      const made = model()
      if (isWarm) await made.base.get(made.output)
      made.close()
      const stop = new AbortController()
      const before = made.base.stats().contexts
      const asked = ask(made, { signal: stop.signal })
      setTimeout(() => stop.abort(), 5)
      await rejects(t, asked, AbortedError)
      await new Promise(setImmediate)
      t.equal(made.base.stats().inFlight, 0, 'nothing runs on')
      t.equal(made.base.stats().contexts - before, name === 'attribute' ? 1 : 0, 'the contexts are given back')
    }
  })

  void t.test(`${name}: gives its contexts back after answers, errors among them`, async (t) => {
    const made = model()
    await ask(made, {})
    t.equal(made.base.stats().contexts, name === 'attribute' ? 2 : 1)
    t.equal(await made.base.get(made.output), 11, 'the base is as it was')
  })

  void t.test(`${name}: what its listener throws ends it`, async (t) => {
    const made = model()
    let told = 0
    const thrown = new Error('no more')
    const asked = ask(made, {
      concurrency: 4,
      onProgress: () => {
        told++
        throw thrown
      },
    })
    t.equal(await asked.catch((error: unknown) => error), thrown)
    t.equal(told, 1, 'once')
    t.equal(made.base.stats().inFlight, 0)
  })

  void t.test(`${name}: concurrency is a whole number from 1 on`, async (t) => {
    for (const concurrency of [0, 1.5, Number.NaN, -1])
      await rejects(t, ask(model(), { concurrency }), InvalidQuestionError)
  })
}

void t.test('an error that is no answer ends the cells beside it after what they are at', async (t) => {
  const { base, x } = model()
  let runs = 0
  // progress is told every 50 ms: from the tenth cell on, all wait until it is due
  let due: Promise<void> | undefined
  const counted = tracked('counted', async () => {
    await new Promise(setImmediate)
    if (++runs >= 10) await (due ??= new Promise((resolve) => setTimeout(resolve, 60)))
    return x()
  })
  let told = 0
  const asked = dataTable(base, [x, linear(10, 20, 500)], counted, {
    concurrency: 2,
    onProgress: () => {
      if (++told === 2) throw new Error('no more')
    },
  })
  t.match(await rejected(t, asked), { message: 'no more' })
  t.ok(runs < 20, `${runs} of 500`)
})
