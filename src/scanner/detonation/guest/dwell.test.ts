import { describe, expect, it } from 'vitest'
import { DWELL, nextStep, type Seen } from './dwell.ts'

const bounds = { ...DWELL, quietMs: 300, capMs: 20_000, silentMs: 5_000, closingMs: 4_000 }
const busy: Seen = { state: 'busy', stateAt: 0, lastAt: 0, heardAt: 0, tracedAt: 0, traceEnded: false }
const alive = (at: number, seen: Partial<Seen> = {}): Seen => ({ ...busy, heardAt: at, tracedAt: at, ...seen })

describe('when a detonation ends', () => {
  it('closes the document when the viewer has been idle and nothing happened for a while', () => {
    expect(nextStep(alive(1000, { state: 'idle', stateAt: 1000, lastAt: 900 }), 1299, bounds)).toEqual({ kind: 'wait', ms: 1 })
    expect(nextStep(alive(1000, { state: 'idle', stateAt: 1000, lastAt: 900 }), 1300, bounds)).toMatchObject({ kind: 'close', capped: false })
  })

  it('goes on for as long as something happens', () => {
    expect(nextStep(alive(2000, { state: 'idle', stateAt: 1000, lastAt: 1900 }), 2000, bounds)).toEqual({ kind: 'wait', ms: 200 })
    expect(nextStep(alive(19_000), 19_000, bounds)).toEqual({ kind: 'wait', ms: 1000 })
  })

  it('closes it at its cap whatever goes on, and says what did', () => {
    expect(nextStep(alive(20_000), 20_000, bounds)).toEqual({ kind: 'close', capped: true, why: 'the viewer still worked when its time of 20 s was over' })
    expect(nextStep(alive(20_000, { pending: 'a timer' }), 20_000, bounds)).toMatchObject({ why: expect.stringContaining('a timer') as string })
  })

  it('loses the agent when nothing is heard of it, and the trace when that alone is silent', () => {
    expect(nextStep({ ...busy, tracedAt: 5000 }, 5000, bounds)).toMatchObject({ kind: 'lost', of: 'agent' })
    expect(nextStep({ ...busy, heardAt: 5000 }, 5000, bounds)).toMatchObject({ kind: 'lost', of: 'trace' })
    expect(nextStep({ ...busy, heardAt: 5000, tracedAt: undefined }, 5000, bounds)).toMatchObject({ kind: 'wait' })
  })

  it('ends when the agent has said all and the trace has come to its end', () => {
    expect(nextStep(alive(1000, { doneAt: 1000 }), 1000, bounds)).toEqual({ kind: 'wait', ms: 5000 })
    expect(nextStep(alive(1000, { doneAt: 1000, traceEnded: true }), 1000, bounds)).toEqual({ kind: 'end' })
    expect(nextStep(alive(1000, { doneAt: 1000 }), 6000, bounds)).toMatchObject({ kind: 'lost', of: 'trace' })
    expect(nextStep({ ...alive(1000, { doneAt: 1000 }), tracedAt: undefined }, 1000, bounds)).toEqual({ kind: 'end' })
  })

  it('waits for no viewer that does not close', () => {
    expect(nextStep(alive(3900, { closingAt: 0 }), 3900, bounds)).toEqual({ kind: 'wait', ms: 100 })
    expect(nextStep(alive(4000, { closingAt: 0 }), 4000, bounds)).toEqual({ kind: 'end' })
  })

  it('always has a next step in the future or an end', () => {
    for (let now = 0; now < 60_000; now += 977)
      for (const seen of [alive(now), alive(now, { state: 'idle', stateAt: now / 2, lastAt: now / 3 }), alive(now, { closingAt: now / 2 })]) {
        const step = nextStep(seen, now, bounds)
        if (step.kind === 'wait') expect(step.ms).toBeGreaterThan(0)
        if (now >= 20_000 && seen.closingAt === undefined) expect(step.kind).toBe('close')
      }
  })
})
