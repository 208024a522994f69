// Graphs of signals, computed values and effects, in the shapes that reactive libraries are commonly compared by. Each
// checks its values and how often its bodies ran in every turn.
import { strictEqual } from 'node:assert'
import { randomNumbers } from '../random.js'
import type { Computed, ReactiveFramework } from './adapter.js'

/** Builds its graph and gives what is timed: a turn, and how it ends. */
export type Workload = (framework: ReactiveFramework) => () => number

// One signal, changed `changes` times a turn; `build` gives what to read after each change and what it must then be.
function changing(
  changes: number,
  build: (framework: ReactiveFramework, head: Computed<number>, ran: () => void) => Computed<number>,
  expected: (head: number) => number,
  runsAChange: number,
): Workload {
  return (framework) => {
    let runs = 0
    let head = 0
    const { signal, last } = framework.withBuild(() => {
      const signal = framework.signal(head)
      return { signal, last: build(framework, signal, () => runs++) }
    })
    return () => {
      runs = 0
      for (let change = 0; change < changes; change++) {
        head++
        framework.withBatch(() => signal.write(head))
        strictEqual(last.read(), expected(head))
      }
      strictEqual(runs, changes * runsAChange)
      return runs
    }
  }
}

function effectOn(framework: ReactiveFramework, cell: Computed<number>, ran: () => void): void {
  framework.effect(() => {
    cell.read()
    ran()
  })
}

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

function sumOf(cells: readonly Computed<number>[]): number {
  let sum = 0
  for (const cell of cells) sum += cell.read()
  return sum
}

const deep = changing(
  50,
  (framework, head, ran) => {
    let last = head
    for (let level = 0; level < 50; level++) {
      const before = last
      last = framework.computed(() => before.read() + 1)
    }
    effectOn(framework, last, ran)
    return last
  },
  (head) => head + 50,
  1,
)

const broad = changing(
  50,
  (framework, head, ran) => {
    const ends = range(50, (index) => {
      const first = framework.computed(() => head.read() + index)
      const second = framework.computed(() => first.read() + 1)
      effectOn(framework, second, ran)
      return second
    })
    return ends[49] as Computed<number>
  },
  (head) => head + 50,
  50,
)

const diamond = changing(
  200,
  (framework, head, ran) => {
    const sides = range(5, () => framework.computed(() => head.read() + 1))
    const sum = framework.computed(() => sumOf(sides))
    effectOn(framework, sum, ran)
    return sum
  },
  (head) => 5 * (head + 1),
  1,
)

const triangle = changing(
  100,
  (framework, head, ran) => {
    const sides: Computed<number>[] = [head]
    for (let level = 1; level < 10; level++) {
      const before = sides[level - 1] as Computed<number>
      sides.push(framework.computed(() => before.read() + 1))
    }
    const sum = framework.computed(() => sumOf(sides))
    effectOn(framework, sum, ran)
    return sum
  },
  (head) => 10 * head + 45,
  1,
)

const repeated = changing(
  100,
  (framework, head, ran) => {
    const sum = framework.computed(() => {
      let sum = 0
      for (let time = 0; time < 30; time++) sum += head.read()
      return sum
    })
    effectOn(framework, sum, ran)
    return sum
  },
  (head) => 30 * head,
  1,
)

// What it reads depends on what it has read.
const unstable = changing(
  100,
  (framework, head, ran) => {
    const double = framework.computed(() => 2 * head.read())
    const negative = framework.computed(() => -head.read())
    const sum = framework.computed(() => {
      let sum = 0
      for (let time = 0; time < 20; time++) sum += head.read() % 2 === 1 ? double.read() : negative.read()
      return sum
    })
    effectOn(framework, sum, ran)
    return sum
  },
  (head) => (head % 2 === 1 ? 40 * head : -20 * head),
  1,
)

// A change that goes no further than the second node.
const avoidable = changing(
  200,
  (framework, head, ran) => {
    const first = framework.computed(() => head.read())
    const constant = framework.computed(() => Math.min(first.read(), 0))
    let last: Computed<number> = constant
    for (let level = 1; level <= 3; level++) {
      const before = last
      last = framework.computed(() => {
        ran()
        return before.read() + level
      })
    }
    framework.effect(() => {
      last.read()
      ran()
    })
    return last
  },
  () => 6,
  0,
)

// A hundred signals into one object, and out of it again.
const mux: Workload = (framework) => {
  let round = 0
  const { heads, ends } = framework.withBuild(() => {
    const heads = range(100, () => framework.signal(0))
    const all = framework.computed(() => Object.fromEntries(heads.map((head, index) => [index, head.read()])))
    const ends = range(100, (index) => {
      const one = framework.computed(() => all.read()[index] as number)
      const next = framework.computed(() => one.read() + 1)
      framework.effect(() => {
        next.read()
      })
      return next
    })
    return { heads, ends }
  })
  return () => {
    round++
    for (let index = 0; index < 10; index++) {
      framework.withBatch(() => heads[index]?.write(round + index))
      strictEqual(ends[index]?.read(), round + index + 1)
    }
    return round
  }
}

// Layers of four, each of its neighbours below, with an effect on every node.
function layered(depth: number): Workload {
  return (framework) => {
    let round = 0
    let effects = 0
    const { heads, last } = framework.withBuild(() => {
      const heads = range(4, (index) => framework.signal(index))
      let layer: Computed<number>[] = heads
      for (let level = 0; level < depth; level++) {
        const [a, b, c, d] = layer as [Computed<number>, Computed<number>, Computed<number>, Computed<number>]
        layer = [
          framework.computed(() => b.read()),
          framework.computed(() => a.read() - c.read()),
          framework.computed(() => b.read() + d.read()),
          framework.computed(() => c.read()),
        ]
        for (const cell of layer) {
          framework.effect(() => {
            cell.read()
            effects++
          })
        }
      }
      return { heads, last: layer }
    })
    return () => {
      round++
      effects = 0
      const values = range(4, (index) => ((round * 7 + index * 13) % 101) + 0.5 * (round % 2))
      framework.withBatch(() => {
        for (const [index, head] of heads.entries()) head.write(values[index] as number)
      })
      let expected = values
      for (let level = 0; level < depth; level++) {
        const [a, b, c, d] = expected as [number, number, number, number]
        expected = [b, a - c, b + d, c]
      }
      for (const [index, cell] of last.entries()) strictEqual(cell.read(), expected[index])
      return effects
    }
  }
}

interface Shape {
  readonly width: number
  readonly depth: number
  readonly reads: number
  /** How many nodes leave out one of their reads, depending on what they have read. */
  readonly dynamic: number
  /** How many of the last layer are read. */
  readonly read: number
}

// A rectangle of nodes; each turn changes one signal after the other and reads the last layer.
function rectangle({ width, depth, reads, dynamic, read }: Shape): Workload {
  return (framework) => {
    const random = randomNumbers(width * depth)
    const limit = 2 ** 20
    let runs = 0
    let round = 0
    const { heads, ends } = framework.withBuild(() => {
      const heads = range(width, (index) => framework.signal(index))
      let layer: Computed<number>[] = heads
      for (let level = 1; level < depth; level++) {
        const below = layer
        layer = range(width, (index) => {
          const sources = range(reads, (offset) => below[(index + offset) % width] as Computed<number>)
          const [first, ...rest] = sources as [Computed<number>, ...Computed<number>[]]
          const isDynamic = random() < dynamic
          return framework.computed(() => {
            runs++
            let sum = first.read()
            const left = isDynamic && sum % 2 === 1 ? sum % rest.length : -1
            for (let i = 0; i < rest.length; i++) if (i !== left) sum += (rest[i] as Computed<number>).read()
            return sum % limit
          })
        })
      }
      const ends = layer.filter(() => random() < read)
      framework.effect(() => {
        sumOf(ends)
      })
      return { heads, ends }
    })
    return () => {
      runs = 0
      let sum = 0
      for (let change = 0; change < 10; change++) {
        round++
        const index = round % width
        framework.withBatch(() => heads[index]?.write(round + index))
        sum += sumOf(ends)
      }
      // Pull counts are part of the answer: nobody may run more bodies than another.
      return sum + runs / 1e6
    }
  }
}

function create(count: number, reads: number): Workload {
  return (framework) => () => {
    const sum = framework.withBuild(() => {
      const heads = range(Math.max(1, count * Math.min(reads, 1)), (index) => framework.signal(index))
      const cells = range(count, (index) =>
        framework.computed(() => {
          let sum = 0
          for (let read = 0; read < reads; read++)
            sum += (heads[(index + read) % heads.length] as Computed<number>).read()
          return sum
        }),
      )
      for (const cell of cells) {
        framework.effect(() => {
          cell.read()
        })
      }
      return sumOf(cells)
    })
    framework.cleanup()
    return sum
  }
}

function update(signals: number, effects: number): Workload {
  return (framework) => {
    let round = 0
    let sum = 0
    const heads = framework.withBuild(() => {
      const heads = range(signals, () => framework.signal(0))
      for (let effect = 0; effect < effects; effect++) {
        framework.effect(() => {
          sum += sumOf(heads)
        })
      }
      return heads
    })
    return () => {
      sum = 0
      for (let change = 0; change < 100; change++) {
        round++
        framework.withBatch(() => heads[0]?.write(round))
      }
      strictEqual(sum, effects * (100 * round - 4950))
      return sum
    }
  }
}

/** The workloads, in groups: a library is judged by the geometric mean of each. */
export const groups: Readonly<Record<string, Readonly<Record<string, Workload>>>> = {
  create: {
    'create 1000 from none': create(1000, 0),
    'create 1000 from 1': create(1000, 1),
    'create 1000 from 4': create(1000, 4),
  },
  update: {
    'update 1 to 1': update(1, 1),
    'update 4 to 1': update(4, 1),
    'update 1 to 4': update(1, 4),
    'update 1 to 1000': update(1, 1000),
    'update 1000 to 1': update(1000, 1),
  },
  propagate: { deep, broad, diamond, triangle, repeated, unstable, avoidable, mux },
  layers: { 'layers, 100 deep': layered(100), 'layers, 500 deep': layered(500) },
  dynamic: {
    'static, 10 x 5': rectangle({ width: 10, depth: 5, reads: 2, dynamic: 0, read: 0.2 }),
    'dynamic, 10 x 10': rectangle({ width: 10, depth: 10, reads: 6, dynamic: 0.25, read: 0.2 }),
    'dynamic, wide 1000 x 12': rectangle({ width: 1000, depth: 12, reads: 4, dynamic: 0.05, read: 1 }),
    'static, 25 reads, 1000 x 5': rectangle({ width: 1000, depth: 5, reads: 25, dynamic: 0, read: 1 }),
    'static, deep 5 x 500': rectangle({ width: 5, depth: 500, reads: 3, dynamic: 0, read: 1 }),
    'dynamic, half, 100 x 15': rectangle({ width: 100, depth: 15, reads: 6, dynamic: 0.5, read: 1 }),
  },
}
