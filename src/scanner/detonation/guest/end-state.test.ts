import { describe, expect, it } from 'vitest'
import { endStateOf, type Ending } from './end-state.ts'

const closed = { why: 'it was idle', capped: false }
const shown: Ending = { closed, said: 'rendered', pictures: 1 }
const fault = { kind: 'fault', pid: 7, image: '/usr/bin/pdftoppm', signal: 'SIGSEGV', rank: 'kernel', t: 1 } as const

describe('the end state', () => {
  it('is rendered when the agent says so and a page was seen, and idle otherwise', () => {
    expect(endStateOf(shown)).toEqual({ end: 'rendered', why: 'it was idle' })
    expect(endStateOf({ ...shown, pictures: 0 }).end).toBe('idle')
    expect(endStateOf({ ...shown, said: 'idle' }).end).toBe('idle')
  })

  it('is never better than what stands above the guest', () => {
    expect(endStateOf({ ...shown, fault })).toEqual({ end: 'crashed', why: '/usr/bin/pdftoppm was ended by SIGSEGV' })
    expect(endStateOf({ ...shown, closed: { why: 'time was over', capped: true } })).toEqual({ end: 'hung', why: 'time was over' })
    expect(endStateOf({ ...shown, ended: 'given up' })).toEqual({ end: 'killed', why: 'given up' })
    expect(endStateOf({ ...shown, fault, silence: { of: 'trace', why: 'it stopped' } }).end).toBe('agent-silenced')
  })

  it('is what the guest says where that is worse', () => {
    for (const said of ['crashed', 'killed', 'hung', 'agent-silenced'] as const) expect(endStateOf({ ...shown, said }).end).toBe(said)
  })

  it('is hung where the agent never came to an end', () => {
    expect(endStateOf({ closed, pictures: 3 }).end).toBe('hung')
  })
})
