import { describe, expect, it } from 'vitest'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import { TLP_LABELS, type TlpLabel } from '#program/packages/contract.ts'
import { TLP_MARKINGS, tlpOf } from '#exchange/stix/tlp.ts'
import { seesVersion } from '#exchange/stix/visible.ts'
import { indicator } from '#test/harness/exchange.ts'

const TLP1 = { WHITE: '613f2e26-407d-48c7-9eca-b8e91df99dc9', AMBER: 'f88d31f6-486f-44da-b317-01333bde0b82', RED: '5e57c739-391a-4eb3-b6be-7d15ca92d5ed' }
const UNKNOWN = 'marking-definition--d81f86b9-975b-4c0b-875e-810c5ad45a4f'
const label = (properties: object, isStatement = false) => tlpOf(indicator({ object_marking_refs: undefined, ...properties }), () => isStatement)

describe('the label of an object', () => {
  it('is what it names, in TLP 1 or 2.0, and the strictest of several', () => {
    for (const tlp of TLP_LABELS) expect(label({ object_marking_refs: [TLP_MARKINGS[tlp]] })).toBe(tlp)
    expect(label({ object_marking_refs: [`marking-definition--${TLP1.WHITE}`] })).toBe('CLEAR')
    expect(label({ object_marking_refs: [`marking-definition--${TLP1.AMBER}`, TLP_MARKINGS.GREEN] })).toBe('AMBER')
    expect(label({ object_marking_refs: [TLP_MARKINGS['AMBER+STRICT'], TLP_MARKINGS.CLEAR] })).toBe('AMBER+STRICT')
  })

  it("is the community's where none is named, and RED where one is named that we cannot honour", () => {
    expect(label({})).toBe('AMBER')
    expect(label({ object_marking_refs: [UNKNOWN] })).toBe('RED')
    expect(label({ object_marking_refs: [UNKNOWN, TLP_MARKINGS.CLEAR] })).toBe('RED')
    expect(label({ object_marking_refs: [UNKNOWN, TLP_MARKINGS.CLEAR] }, true)).toBe('CLEAR')
  })

  it('is that of its strictest part, because nothing is cut out', () => {
    const granular_markings = [{ marking_ref: `marking-definition--${TLP1.RED}`, selectors: ['name'] }]
    expect(label({ object_marking_refs: [TLP_MARKINGS.GREEN], granular_markings })).toBe('RED')
    const parts = [
      { lang: 'de', selectors: ['name'] },
      { marking_ref: TLP_MARKINGS.AMBER, selectors: ['pattern'] },
    ]
    expect(label({ object_marking_refs: [TLP_MARKINGS.GREEN], granular_markings: parts })).toBe('AMBER')
    expect(label({ object_marking_refs: [TLP_MARKINGS.GREEN], granular_markings: parts.slice(0, 1) })).toBe('GREEN')
    expect(label({ granular_markings: [{ marking_ref: UNKNOWN, selectors: ['name'] }] })).toBe('RED')
  })
})

describe('who sees a version', () => {
  const operator = { kind: 'operator', operator: 'o' } as OperatorActor
  const contact = { kind: 'contact', organisation: 'own' } as ContactActor
  const version = (tlp: TlpLabel, contributor: string | null) => ({ operator: 'o', contributor, tlp, open: true })

  it.each(TLP_LABELS)('decides reader × contributor for %s', (tlp) => {
    const open = tlp === 'CLEAR' || tlp === 'GREEN' || tlp === 'AMBER'
    for (const contributor of ['own', 'other', null]) {
      expect(seesVersion(operator, version(tlp, contributor), false)).toBe(true)
      expect(seesVersion({ ...operator, operator: 'another' as never }, version(tlp, contributor), true)).toBe(false)
      expect(seesVersion(contact, version(tlp, contributor), true)).toBe(open || contributor === 'own')
      expect(seesVersion(contact, version(tlp, contributor), false)).toBe(false)
    }
  })

  it('shows nobody but the contributor a label that it does not know', () => {
    expect(seesVersion(contact, version('PURPLE' as TlpLabel, 'other'), true)).toBe(false)
  })
})
