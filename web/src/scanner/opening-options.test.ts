import { describe, expect, it } from 'vitest'
import { SubmitQuery } from '#scanner/submissions/contract.ts'
import { AS_USUAL, faultOf, openingWords, queryOf, wishedWords, type Opening } from './opening-options.ts'

const opening = (more: Partial<Opening>): Opening => ({ ...AS_USUAL, ...more })

describe('how what is handed in is opened', () => {
  it('is said in a query that the server takes, and what is usual is left out', () => {
    expect(queryOf(AS_USUAL)).toEqual({})
    const all = opening({ where: 'named', named: ['poppler-debian12', 'mupdf-debian12'], macros: 'off', egress: 'simulated', mostSeconds: ' 60 ' })
    expect(SubmitQuery.parse(queryOf(all))).toMatchObject({
      environments: 'poppler-debian12,mupdf-debian12',
      macros: 'off',
      egress: 'simulated',
      mostSeconds: 60,
    })
    expect(SubmitQuery.parse(queryOf(opening({ where: 'none', egress: 'simulated' })))).toMatchObject({ environments: 'none' })
  })

  it('is not sent where it cannot be meant', () => {
    expect(faultOf(AS_USUAL)).toBeUndefined()
    expect(faultOf(opening({ where: 'named' }))).toContain('at least one')
    for (const mostSeconds of ['4', '301', '6.5', 'long']) expect(faultOf(opening({ mostSeconds })), mostSeconds).toContain('whole number')
  })

  it('is said in words, before and after', () => {
    expect(openingWords(AS_USUAL)).toBe('Opened in every environment that opens its type; macros on, and off where there is a reason; no network.')
    expect(wishedWords({})).toBeUndefined()
    expect(wishedWords({ environments: [] })).toBe('The static scan alone')
    expect(wishedWords({ egress: 'direct', mostSeconds: 30 })).toBe('the real network, through the recording proxy; for at most 30 s')
  })
})
