import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { bucketsOf, insideOf, marksOf, markOf, networksOf } from '#exchange/search/networks.ts'
import { addressOf, networkOf, readForm, type Value } from '#exchange/search/value.ts'

const texts = (values: readonly Value[]) => values.map(({ text }) => text)
const read = (text: string) => readForm(text)!
const address = fc.oneof(fc.ipV4(), fc.ipV6()).map(read)

describe('networks', () => {
  it('lie round an address, and round a narrower network', () => {
    expect(texts(networksOf(read('198.51.100.7')))).toHaveLength(24)
    expect(texts(networksOf(read('198.51.100.7')))).toEqual(expect.arrayContaining(['198.51.100.6/31', '198.51.100.0/24', '198.0.0.0/8']))
    expect(texts(networksOf(read('2001:db8::1')))).toContain('2001:db8::/32')
    expect(texts(networksOf(read('198.51.100.0/24'))).slice(0, 2)).toEqual(['198.51.100.0/23', '198.51.100.0/22'])
    expect(networksOf(read('bad.example'))).toEqual([])
  })

  it('hold networks of up to eight bits more, and the addresses where they have no more', () => {
    expect(texts(insideOf(read('198.51.100.4/30')))).toEqual(['198.51.100.4/31', '198.51.100.6/31', '198.51.100.4', '198.51.100.5', '198.51.100.6', '198.51.100.7']) // prettier-ignore
    expect(insideOf(read('198.51.100.0/24'))).toHaveLength(510)
    expect(texts(insideOf(read('198.51.0.0/16')))).toContain('198.51.255.0/24')
    expect(texts(insideOf(read('2001:db8::/126')))).toContain('2001:db8::3')
    expect(insideOf(read('198.51.100.7'))).toEqual([])
  })

  test.prop([address, fc.nat(64)])('are noted where the addresses in them look', (value, bits) => {
    const parsed = addressOf(value)!
    const network = networkOf(parsed, bits)
    const known = texts(networksOf(value)).includes(network.text)
    const marks = marksOf(network)
    const bucket = bucketsOf(parsed).find((one) => marks.includes(markOf(one)))
    expect(bucket !== undefined && marks.includes(markOf(bucket, bits))).toBe(known)
  })

  test.prop([address, fc.nat(64), fc.integer({ min: 1, max: 8 })])('within one are found from it, as it is from them', (value, bits, more) => {
    const network = networkOf(addressOf(value)!, bits)
    const deeper = networkOf(addressOf(value)!, Math.min(bits + more, addressOf(value)!.bits))
    if (network.kind === 'network' && addressOf(deeper)!.bits === bits + more) expect(texts(insideOf(network))).toContain(deeper.text)
  })
})
