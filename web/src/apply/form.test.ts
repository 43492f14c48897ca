import { describe, expect, it } from 'vitest'
import { codesOf, faultsIn, faultsOf, linesOf, numberOf, sectionsOf, textAt } from './form.ts'
import { RESPONDER_ANSWERS, VENDOR_ANSWERS } from '#test/harness/applicant.ts'

describe('the form', () => {
  it.each([['vendor', VENDOR_ANSWERS] as const, ['responder', RESPONDER_ANSWERS] as const])(
    'of a %s asks on some page for whatever the server asks',
    (kind, answers) => {
      const asked = sectionsOf(kind).flatMap(({ parts }) => parts)
      expect(Object.keys(answers).filter((part) => part !== 'kind' && !asked.includes(part))).toEqual([])
      expect(faultsOf(answers, kind)).toEqual([])
      const faults = faultsOf({}, kind)
      expect(faults.length).toBeGreaterThan(0)
      expect(sectionsOf(kind).flatMap((section) => faultsIn(faults, section))).toHaveLength(faults.length)
    },
  )

  it('keeps what was typed until it is a number', () => {
    expect(['250000', ' 7 ', '1e3', 'many', ''].map(numberOf)).toEqual([250_000, 7, '1e3', 'many', ''])
    expect(textAt({ users: 7 }, 'users')).toBe('7')
    expect([codesOf('de, fr;  nl'), linesOf(' a \n\n b')]).toEqual([
      ['DE', 'FR', 'NL'],
      ['a', 'b'],
    ])
  })
})
