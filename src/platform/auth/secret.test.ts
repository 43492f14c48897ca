import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { createSecret, hashSecret, isSecret, tokenPrefix, type SecretKind } from '#platform/auth/secret.ts'

const KINDS: readonly SecretKind[] = ['token', 'session', 'link']

describe('a secret', () => {
  it.each(KINDS)('of kind %s is recognised as that kind and no other', (kind) => {
    const { text } = createSecret(kind)
    expect(KINDS.filter((other) => isSecret(other, text))).toEqual([kind])
  })

  it('is new every time and carries 256 bits beside its name', () => {
    const made = Array.from({ length: 500 }, () => createSecret('token').text)
    expect(new Set(made).size).toBe(500)
    expect(new Set(made.map((text) => text.slice(12, 55))).size).toBe(500)
  })

  it('is stored as its SHA-256 only', () => {
    const { text, hash } = createSecret('link')
    expect(hash).toEqual(hashSecret(text))
    expect(hash).toHaveLength(32)
  })

  it('names a token by a prefix that its text begins with', () => {
    const { text, prefix } = createSecret('token')
    expect(prefix).toMatch(/^vdt_[0-9A-Za-z]{8}$/)
    expect(tokenPrefix(text)).toBe(prefix)
    expect(tokenPrefix('vds_12345678')).toBeUndefined()
  })

  test.prop([fc.nat(), fc.constantFrom(...Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_ '))])(
    'fails its checksum when one character is changed',
    (place, character) => {
      const { text } = createSecret('token')
      const at = place % text.length
      fc.pre(text[at] !== character)
      expect(isSecret('token', text.slice(0, at) + character + text.slice(at + 1))).toBe(false)
      expect(isSecret('token', text)).toBe(true)
    },
  )

  test.prop([fc.string({ unit: 'binary' })])('is not any other text', (text) => {
    expect(KINDS.some((kind) => isSecret(kind, text))).toBe(false)
  })
})
