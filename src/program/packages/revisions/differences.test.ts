import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { differences } from '#program/packages/revisions/differences.ts'

const content = (changes: object = {}) => ({
  title: 'Overflow',
  bulletin: { id: 'B-1', text: 'Words' },
  vulnerabilities: [
    { cve: 'CVE-2026-10001', title: 'One', affected: ['P1', 'P2'] },
    { cve: 'CVE-2026-10002', title: 'Two', affected: [] },
  ],
  detection: [{ sensor: 'file', title: 'Long record', guidance: 'Look for it.' }],
  ...changes,
})

describe('differences of two contents', () => {
  it('are none of the same content, in whatever order its lists are', () => {
    expect(differences(content(), content())).toEqual([])
    expect(differences(content(), content({ vulnerabilities: content().vulnerabilities.toReversed() }))).toEqual([])
  })

  it('name the field that changed', () => {
    expect(differences(content(), content({ title: 'Overflow in the parser', bulletin: { id: null, text: 'Words' } }))).toEqual([
      { place: ['title'], kind: 'changed', before: 'Overflow', after: 'Overflow in the parser' },
      { place: ['bulletin', 'id'], kind: 'changed', before: 'B-1', after: null },
    ])
  })

  it('match members of lists by what names them, so that one in between changes nothing else', () => {
    const [first, second] = content().vulnerabilities
    const third = { cve: 'CVE-2026-10003', title: 'Three', affected: [] }
    expect(differences(content(), content({ vulnerabilities: [third, first, { ...second!, title: 'Second' }] }))).toEqual([
      { place: ['vulnerabilities', 'CVE-2026-10003'], kind: 'added', before: null, after: third },
      { place: ['vulnerabilities', 'CVE-2026-10002', 'title'], kind: 'changed', before: 'Two', after: 'Second' },
    ])
    expect(differences(content(), content({ vulnerabilities: [second] }))).toEqual([
      { place: ['vulnerabilities', 'CVE-2026-10001'], kind: 'removed', before: first, after: null },
    ])
  })

  it('count members that nothing tells apart', () => {
    expect(differences({ parts: ['a', 'a', 'b'] }, { parts: ['a', 'b', 'c'] })).toEqual([
      { place: ['parts', 'a (2)'], kind: 'removed', before: 'a', after: null },
      { place: ['parts', 'c'], kind: 'added', before: null, after: 'c' },
    ])
    const twins = { detection: [{ title: 'Same' }, { title: 'Same', guidance: 'Other' }] }
    expect(differences(twins, { detection: [{ title: 'Same' }] })).toEqual([
      { place: ['detection', '{"guidance":"Other","title":"Same"}'], kind: 'removed', before: { title: 'Same', guidance: 'Other' }, after: null },
    ])
  })

  it('count thousands of them as fast as others, and never give two one name', () => {
    const [many, fewer] = [Array.from({ length: 50_000 }, () => 'P1'), Array.from({ length: 49_999 }, () => 'P1')]
    expect(differences({ affected: many }, { affected: fewer })).toEqual([{ place: ['affected', 'P1 (50000)'], kind: 'removed', before: 'P1', after: null }])
    expect(differences({ parts: ['a (2)', 'a', 'a'] }, { parts: [] }).map(({ place }) => place[1])).toEqual(['a (2)', 'a', 'a (3)'])
  })

  it('say nothing of a field that one of both does not show but that it is there', () => {
    expect(differences({}, { title: 'Overflow' })).toEqual([{ place: ['title'], kind: 'added', before: null, after: 'Overflow' }])
  })

  const value = fc.jsonValue({ maxDepth: 3 })
  test.prop([fc.dictionary(fc.string(), value), fc.dictionary(fc.string(), value)])(
    'are none exactly when both are the same but for order',
    (before, after) => {
      expect(differences(before, before)).toEqual([])
      const found = differences(before, after).length
      const back = differences(after, before).length
      expect(found === 0).toBe(back === 0)
    },
  )
})
