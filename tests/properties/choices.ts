// Where a random case comes from: groups of numbers that program.ts and commands.ts read. One arbitrary of fast-check
// fills them (fast: one seed a case from fast-check, the rest by a small generator), and shrinks them: commands away
// first, then functions, then numbers towards 0, which always stands for the simplest choice.
import fc from 'fast-check'

/** A case, written down. */
export interface Plan {
  /** First the settings, then a group a function. */
  readonly program: readonly (readonly number[])[]
  readonly commands: readonly (readonly number[])[]
}

/** How large the cases of a suite are. */
export interface Size {
  /** Out of 1000 cases, how many have 30 functions, and how many 200. */
  readonly large: number
  readonly huge: number
}

const SETTINGS = 12
const PER_FUNCTION = 40
const PER_COMMAND = 8

/** Reads a group, number by number; beyond its end everything is 0. */
export class Choices {
  readonly #numbers: readonly number[]
  #at = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  /** A number from 0 to n - 1. */
  below(n: number): number {
    const number = this.#numbers[this.#at++] ?? 0
    return number % n
  }

  /** An index of `weights`, each as likely as its weight says. */
  weighed(weights: readonly number[]): number {
    let total = 0
    for (const weight of weights) total += weight
    let at = this.below(total)
    for (let index = 0; index < weights.length; index++) {
      at -= weights[index] as number
      if (at < 0) return index
    }
    return 0
  }

  /** True once in n. */
  oneIn(n: number): boolean {
    return this.below(n) === n - 1
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }
}

/** mulberry32: 32 bits of state, enough to fill one case. */
function generator(seed: number): (bound: number) => number {
  let state = seed | 0
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % bound
  }
}

class PlanArbitrary extends fc.Arbitrary<Plan> {
  readonly #size: Size

  constructor(size: Size) {
    super()
    this.#size = size
  }

  override generate(random: fc.Random): fc.Value<Plan> {
    const next = generator(random.nextInt())
    const group = (length: number): number[] => Array.from({ length }, () => next(0x8000))
    const coin = next(1000)
    let functions = 2 + next(6)
    if (coin < 600) functions = 7
    else if (coin >= 1000 - this.#size.huge) functions = 200
    else if (coin >= 1000 - this.#size.huge - this.#size.large) functions = 30
    const program = [group(SETTINGS), ...Array.from({ length: functions }, () => group(PER_FUNCTION))]
    const commands = Array.from({ length: 5 + next(36) }, () => group(PER_COMMAND))
    return new fc.Value({ program, commands }, undefined)
  }

  override canShrinkWithoutContext(value: unknown): value is Plan {
    return typeof value === 'object' && value !== null && 'commands' in value
  }

  override shrink(plan: Plan): fc.Stream<fc.Value<Plan>> {
    return fc.stream(smaller(plan)).map((one) => new fc.Value(one, undefined))
  }
}

function* smaller({ program, commands }: Plan): IterableIterator<Plan> {
  for (const fewer of without(commands)) yield { program, commands: fewer }
  const [settings = [], ...functions] = program
  for (const fewer of without(functions)) if (fewer.length > 0) yield { program: [settings, ...fewer], commands }
  for (const simpler of simplified(program, false)) yield { program: simpler, commands }
  for (const simpler of simplified(commands, true)) yield { program, commands: simpler }
}

/** The list without a half, a quarter, ... one of its members. */
function* without<T>(list: readonly T[]): IterableIterator<readonly T[]> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < list.length; at += size) yield [...list.slice(0, at), ...list.slice(at + size)]
  }
}

/** One group made simpler: emptied, cut, or a number of it lowered. */
function* simplified(
  groups: readonly (readonly number[])[],
  keepsLength: boolean,
): IterableIterator<(readonly number[])[]> {
  const put = (at: number, group: readonly number[]): (readonly number[])[] =>
    groups.map((one, i) => (i === at ? group : one))
  for (let at = 0; at < groups.length; at++) {
    const group = trimmed(groups[at] as readonly number[])
    if (group.length === 0) continue
    if (!keepsLength) {
      yield put(at, [])
      yield put(at, group.slice(0, group.length >> 1))
      yield put(at, group.slice(0, -1))
      for (let i = 0; i < group.length; i++) yield put(at, group.toSpliced(i, 1))
    }
    for (let i = 0; i < group.length; i++) {
      const number = group[i] as number
      if (number === 0) continue
      yield put(at, group.with(i, 0))
      if (number > 1) yield put(at, group.with(i, number >> 1))
      if (number > 2) yield put(at, group.with(i, number - 1))
    }
  }
}

function trimmed(group: readonly number[]): readonly number[] {
  let length = group.length
  while (length > 0 && group[length - 1] === 0) length--
  return group.slice(0, length)
}

/** The arbitrary of all cases of a size. */
export function plans(size: Size): fc.Arbitrary<Plan> {
  return new PlanArbitrary(size)
}
