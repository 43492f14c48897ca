import { describe, expect, it } from 'vitest'
import { admit, hasRoomFor, type Holdings } from './admission.ts'

const NEEDS = new Map([
  ['small', { templateMiB: 512, cloneMiB: 1000, cpus: 1 }],
  ['large', { templateMiB: 3072, cloneMiB: 3500, cpus: 2 }],
])
const ROOM = { memoryMiB: 8000, cpus: 2 }
const EMPTY: Holdings = { running: [], ready: [], templates: [] }

describe('admission of machines', () => {
  it('starts one where there is room for its template and itself', () => {
    expect(admit('small', NEEDS, ROOM, EMPTY)).toEqual({ kind: 'start', giveUpReady: [], giveUpTemplates: [] })
    expect(admit('small', NEEDS, { ...ROOM, memoryMiB: 1511 }, EMPTY).kind).toBe('never')
  })

  it('says what a job waits for', () => {
    expect(admit('large', NEEDS, ROOM, { ...EMPTY, running: ['small'], templates: ['small'] })).toEqual({
      kind: 'wait',
      for: 'processors: 1 of 2 are in use, and it takes 2',
    })
    expect(admit('large', NEEDS, { ...ROOM, cpus: 4 }, { ...EMPTY, running: ['small', 'small'], templates: ['small'] })).toEqual({
      kind: 'wait',
      for: 'memory: 2512 of 8000 MiB are held, and it takes 6572 more',
    })
  })

  it('gives up what is ready of others, then templates that nothing uses, and nothing that runs', () => {
    expect(admit('large', NEEDS, ROOM, { running: [], ready: ['small', 'small'], templates: ['small'] })).toEqual({
      kind: 'start',
      giveUpReady: ['small', 'small'],
      giveUpTemplates: [],
    })
    expect(admit('large', NEEDS, { ...ROOM, memoryMiB: 6600 }, { running: [], ready: ['small'], templates: ['small'] })).toEqual({
      kind: 'start',
      giveUpReady: ['small'],
      giveUpTemplates: ['small'],
    })
  })

  it('takes the clone that is ready without further memory', () => {
    expect(admit('small', NEEDS, { ...ROOM, memoryMiB: 1512 }, { running: [], ready: ['small'], templates: ['small'] }).kind).toBe('start')
  })

  it('says that one can never start', () => {
    expect(admit('large', NEEDS, { ...ROOM, cpus: 1 }, EMPTY)).toEqual({ kind: 'never', why: 'large takes 2 processors, and all machines together have 1' })
  })

  it('keeps one ready only where that takes nothing away', () => {
    expect(hasRoomFor('small', NEEDS, { ...ROOM, memoryMiB: 2512 }, { running: ['small'], ready: [], templates: ['small'] })).toBe(true)
    expect(hasRoomFor('small', NEEDS, { ...ROOM, memoryMiB: 2511 }, { running: ['small'], ready: [], templates: ['small'] })).toBe(false)
    expect(hasRoomFor('small', NEEDS, { ...ROOM, cpus: 1 }, { running: ['small'], ready: [], templates: ['small'] })).toBe(false)
  })
})
