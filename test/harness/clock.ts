import type { Clock } from '#platform/clock/clock.ts'

/** A clock that tests move. */
export class TestClock implements Clock {
  #now: Date
  #disagreement: string | undefined

  constructor(now = '2026-11-22T12:00:00.000Z') {
    this.#now = new Date(now)
  }

  now(): Date {
    return new Date(this.#now)
  }

  disagreement(): string | undefined {
    return this.#disagreement
  }

  set(instant: string | Date): void {
    this.#now = new Date(instant)
  }

  advance(ms: number): void {
    this.#now = new Date(this.#now.getTime() + ms)
  }

  disagree(reason: string | undefined): void {
    this.#disagreement = reason
  }
}
