import { describe, expect, it } from 'vitest'
import { placeText, valueText } from './place-text.ts'

describe('a difference in words', () => {
  it('names its place', () => {
    expect(placeText({ place: ['title'] })).toBe('Title')
    expect(placeText({ place: ['permittedUse', 'deploy', 'ownFleet'] })).toBe('Permitted use › deploy › own fleet')
    expect(placeText({ place: ['vulnerabilities', 'CVE-2026-10001', 'description'] })).toBe('Vulnerabilities › CVE-2026-10001 › description')
  })

  it('writes values as lines, without what is empty', () => {
    expect(valueText('two\nlines')).toBe('two\nlines')
    expect(valueText(null)).toBe('nothing')
    expect(valueText([])).toBe('nothing')
    expect(valueText({ cve: 'CVE-2026-10001', title: null, affected: ['P1', 'P2'], cwes: [] })).toBe('cve: CVE-2026-10001\naffected:\n  - P1\n  - P2')
  })
})
