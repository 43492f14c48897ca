import { describe, expect, it } from 'vitest'
import { readValue, valuesOf } from '#exchange/indicators/value.ts'

const SHA = 'AA'.repeat(32)

describe('values', () => {
  it('are what they look like, in one spelling', () => {
    expect(readValue(SHA)).toEqual({ kind: 'sha256', text: SHA.toLowerCase() })
    expect(readValue('a'.repeat(40))?.kind).toBe('sha1')
    expect(readValue('a'.repeat(32))?.kind).toBe('md5')
    expect(readValue('198.51.100.7')).toEqual({ kind: 'ipv4', text: '198.51.100.7' })
    expect(readValue('HTTP://Bad.Example:80/a b')).toEqual({ kind: 'url', text: 'http://bad.example/a%20b' })
    expect(readValue('Bad.Example.')).toEqual({ kind: 'domain', text: 'bad.example' })
    for (const none of ['', 'word', '1.2.3', '198.51.100.07', 'http://', 'a b.example', 'g'.repeat(64), '-a.example'])
      expect(readValue(none), none).toBeUndefined()
  })

  it('are read from a pattern whose every comparison is enough by itself, and from no other', () => {
    expect(valuesOf(`[file:hashes.'SHA-256' = '${SHA}']`)).toEqual([readValue(SHA)])
    expect(valuesOf(` [ file:hashes.MD5 = '${'b'.repeat(32)}' OR file:hashes.'SHA-256'='${SHA}' ] `).map(({ kind }) => kind)).toEqual(['md5', 'sha256'])
    expect(valuesOf(`[url:value = 'http://bad.example/it\\'s']`)).toEqual([{ kind: 'url', text: "http://bad.example/it's" }])
    expect(valuesOf(`[file:hashes.MD5 IN ('${'b'.repeat(32)}', 'x') OR (url:value = 'http://a.example/') ] // note`).map(({ kind }) => kind)).toEqual([
      'md5',
      'url',
    ])
    for (const pattern of [
      `[file:hashes.MD5 NOT = '${'b'.repeat(32)}']`,
      `[file:hashes.MD5 = '${'b'.repeat(32)}' AND file:name = 'a']`,
      `[file:hashes.MD5 = '${'b'.repeat(32)}'] AND [file:name = 'a']`,
      `[file:hashes.MD5 != '${'b'.repeat(32)}']`,
      `[domain-name:value LIKE '%.example']`,
      `[domain-name:value = 'bad.example'] WITHIN 5 SECONDS`,
      `[`,
      `[]`,
      `[${'a:b='.repeat(4000)}`,
    ])
      expect(valuesOf(pattern), pattern.slice(0, 60)).toEqual([])
    expect(valuesOf(`[domain-name:value = '198.51.100.7']`)).toEqual([])
  })
})
