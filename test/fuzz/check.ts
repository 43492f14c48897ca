import { isDeepStrictEqual } from 'node:util'
import { Budget, Damaged, LimitReached, LIMITS, type Limits } from '#scanner/intake/limits.ts'
import type { Target } from './target.ts'

/** Small enough that what runs away is found by its time. */
const SMALL: Limits = { ...LIMITS, steps: 100_000, bytes: 8 * 2 ** 20, objectBytes: 4 * 2 ** 20, objects: 500 }
/** Of one reading, where no more than the budget above was spent. */
const MOST_CPU_MS = 1_500
/** A reader that goes on after its budget is spent finds that out again at each step; a few pieces may each end so. */
const MOST_AFTER_THE_END = 1_000

/** A budget that sees whether its reader stops where it is spent. */
class WatchedBudget extends Budget {
  afterTheEnd = 0
  #spent = false

  override takeObject(depth: number): void {
    this.#watch(() => super.takeObject(depth))
  }

  override takeBytes(count: number): void {
    this.#watch(() => super.takeBytes(count))
  }

  override takeFact(): void {
    this.#watch(() => super.takeFact())
  }

  override step(count?: number): void {
    this.#watch(() => super.step(count))
  }

  #watch(take: () => void): void {
    if (this.#spent) this.afterTheEnd++
    try {
      take()
    } catch (error) {
      this.#spent ||= error instanceof LimitReached && error.limit !== 'objectBytes' && error.limit !== 'depth'
      throw error
    }
  }
}

interface Reading {
  readonly answer: unknown
  readonly cpuMs: number
}

function readOnce({ name, read }: Target, bytes: Buffer, limits: Limits): Reading {
  const budget = new WatchedBudget(limits)
  const before = process.cpuUsage()
  let answer: unknown
  try {
    answer = read(bytes, budget)
  } catch (error) {
    if (!(error instanceof Damaged || error instanceof LimitReached)) throw new Error(`${name} threw something else`, { cause: error })
    answer = `${error.name}: ${error.message}`
  }
  const { user, system } = process.cpuUsage(before)
  if (budget.afterTheEnd > MOST_AFTER_THE_END) throw new Error(`${name} went on ${budget.afterTheEnd} times after its budget was spent`)
  return { answer, cpuMs: (user + system) / 1000 }
}

/**
 * What holds for any bytes that a reader is given: it throws Damaged, LimitReached or nothing, stops where its budget is spent, ends in
 * bounded time, leaves its input as it is, and (`twice`) gives the same answer again. Throws where that does not hold; gives the processor time in milliseconds.
 */
export function check(target: Target, bytes: Buffer, { twice = true, mostCpuMs = MOST_CPU_MS } = {}): number {
  const whole = Buffer.from(bytes)
  const first = readOnce(target, bytes, SMALL)
  if (!whole.equals(bytes)) throw new Error(`${target.name} changed its input`)
  // A reading may fall into a stop of the whole process: what is slow is slow each time.
  if (first.cpuMs > mostCpuMs) {
    const again = readOnce(target, bytes, SMALL).cpuMs
    if (again > mostCpuMs) throw new Error(`${target.name} took ${again} ms of processor time for ${bytes.length} bytes`)
  }
  if (twice && !isDeepStrictEqual(readOnce(target, bytes, SMALL).answer, first.answer)) throw new Error(`${target.name} answered otherwise when asked again`)
  return first.cpuMs
}
