import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import { afterLostNext, afterPage, queryOf, START, type PageFacts, type Remark, type Walk } from '#exchange/remotes/walk.ts'

const HOUR_US = 3_600_000_000

/** A server as plain values: what it holds, by instant, and how it answers. */
interface Model {
  readonly steps: readonly number[]
  readonly inclusive: boolean
  readonly withoutNext: boolean
  readonly withoutHeaders: boolean
  readonly milliseconds: boolean
  readonly largest: number
  readonly lost: readonly boolean[]
  /** After how many pages the process that polls is killed: before what came is kept. */
  readonly killed: readonly boolean[]
  /** Objects that come while it polls. */
  readonly later: readonly number[]
}

const model = fc.record<Model>({
  steps: fc.array(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 1, max: 2500 })), { maxLength: 40 }),
  inclusive: fc.boolean(),
  withoutNext: fc.boolean(),
  withoutHeaders: fc.boolean(),
  milliseconds: fc.boolean(),
  largest: fc.integer({ min: 1, max: 60 }),
  lost: fc.array(fc.boolean(), { maxLength: 5 }),
  killed: fc.array(fc.boolean(), { maxLength: 30 }),
  later: fc.array(fc.integer({ min: 1, max: 2500 }), { maxLength: 10 }),
})

class Server {
  readonly #model: Model
  readonly instants: number[] = []
  #last = Date.UTC(2026, 0, 1) * 1000

  constructor(of: Model) {
    this.#model = of
    of.steps.forEach((step) => this.add(step))
  }

  add(step: number): void {
    this.instants.push((this.#last += step))
  }

  get now(): number {
    return this.#last / 1000 + 3_600_000
  }

  write(at: number): string {
    const text = fromEpochMicroseconds(at)
    return this.#model.milliseconds ? `${text.slice(0, 23)}000Z` : text
  }

  /** Objects are their place in the order. */
  page(walk: Walk): { objects: number[]; facts: Omit<PageFacts, 'fresh'> } {
    const { added_after: after, limit, next } = queryOf(walk)
    const at = after === undefined ? '' : this.#model.milliseconds ? `${after.slice(0, 23)}000Z` : after
    const found = this.instants.flatMap((instant, n) => {
      const added = fromEpochMicroseconds(instant)
      return added > at || (this.#model.inclusive && added === at) ? [n] : []
    })
    const from = next === undefined ? 0 : found.findIndex((n) => n > Number(next))
    const objects = from < 0 ? [] : found.slice(from, from + Math.min(Number(limit), this.#model.largest))
    const more = objects.length > 0 && objects.at(-1) !== found.at(-1)
    const said = objects.length > 0 && !this.#model.withoutHeaders
    return {
      objects,
      facts: {
        objects: objects.length,
        more: more || undefined,
        next: more && !this.#model.withoutNext ? String(objects.at(-1)) : undefined,
        first: said ? this.write(this.instants[objects[0]!]!) : undefined,
        last: said ? this.write(this.instants[objects.at(-1)!]!) : undefined,
        digest: objects.join(' '),
        servedAt: this.now,
      },
    }
  }
}

describe('a server whose clock says anything', () => {
  it('is polled on from an instant that there is', () => {
    const page = { objects: 1, fresh: 1, more: undefined, next: undefined, first: undefined, last: '2026-01-01T00:00:00.000000Z', digest: 'x' }
    for (const servedAt of [8.64e15, -8.64e15, Date.UTC(9999, 11, 31, 23, 59, 59, 999)])
      expect(afterPage(START, { ...page, servedAt })).toMatchObject({ ended: true, walk: { after: expect.stringMatching(/^202[56]-/) } })
  })
})

describe('a walk', () => {
  test.prop([model])('receives everything whatever the server does and whenever the process is killed, and comes to an end', (of) => {
    const server = new Server(of)
    const held = new Set<number>()
    const remarks = new Set<Remark>()
    const [lost, killed, later] = [[...of.lost], [...of.killed], [...of.later]]
    let kept: Walk = { ...START, limit: 5 }
    let asked = 0
    const poll = () => {
      for (;;) {
        expect(++asked).toBeLessThan(1500)
        if (kept.next !== null && lost.shift()) {
          const again = afterLostNext(kept)
          if (!again) return
          kept = again
          continue
        }
        const { objects, facts } = server.page(kept)
        // Killed between the answer and its keeping: nothing is kept, and the same is asked again.
        if (killed.shift()) continue
        const fresh = objects.filter((n) => !held.has(n)).length
        const step = afterPage(kept, { ...facts, fresh })
        objects.forEach((n) => held.add(n))
        step.remarks.forEach((remark) => remarks.add(remark))
        kept = step.walk
        const more = later.shift()
        if (more !== undefined) server.add(more)
        if (step.ended) return
      }
    }
    poll()
    later.splice(0).forEach((step) => server.add(step))
    poll()
    poll()
    const blind = remarks.has('one-instant') || remarks.has('no-way-on') || (of.withoutHeaders && of.withoutNext)
    if (!blind) expect([...held].sort((a, b) => a - b)).toEqual(server.instants.map((_, n) => n))
    expect(kept.next).toBeNull()
  })

  it('asks again in the middle of the last minute only, and keeps to what it reached otherwise', () => {
    const at = (us: number) => fromEpochMicroseconds(Date.UTC(2026, 0, 1) * 1000 + us)
    const page: PageFacts = { objects: 1, fresh: 1, more: undefined, next: undefined, first: at(HOUR_US), last: at(HOUR_US), digest: 'a', servedAt: Date.UTC(2026, 0, 1) + 3_600_500 } // prettier-ignore
    const { walk } = afterPage(START, page)
    expect([walk.after, walk.reached]).toEqual([at(HOUR_US + 500_000 - 60_000_000), at(HOUR_US)])
    const empty = { ...page, objects: 0, fresh: 0, first: undefined, last: undefined, digest: '' }
    expect(afterPage(walk, { ...empty, servedAt: page.servedAt + 120_000 }).walk.after).toBe(at(HOUR_US))
    // A server whose clock says something else than its own positions cannot send us back.
    expect(afterPage(walk, { ...empty, servedAt: 0 }).walk.after).toBe(walk.after)
  })

  it('gives up a next that is lost again and again', () => {
    const walk: Walk = { ...START, next: 'n', reached: '2026-01-01T00:00:00.000001Z' }
    const first = afterLostNext(walk)!
    expect(first).toMatchObject({ next: null, after: '2026-01-01T00:00:00.000000Z', lost: 1 })
    expect(afterLostNext({ ...first, next: 'n', lost: 3 })).toBeUndefined()
    expect(afterLostNext(START)).toBeUndefined()
  })
})
