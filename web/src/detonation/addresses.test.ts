import { describe, expect, it } from 'vitest'
import { addressWords, textIn } from './addresses.ts'

describe('an address that a viewer crashed at', () => {
  it('is told by what it looks like', () => {
    expect(addressWords('0x18')).toContain('near zero')
    expect(addressWords('0x4847464544434241')).toContain('“ABCDEFGH”')
    expect(addressWords('0x7f00aabbccdd')).toBe('')
  })

  it('is text only where every byte is', () => {
    expect(textIn('0x41414141')).toBe('AAAA')
    expect(textIn('0x4141410a')).toBeUndefined()
    expect(textIn('0x4141')).toBeUndefined()
  })
})
