import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAs, readForm, readingsOf, refang } from '#exchange/search/value.ts'
import { valueKey, valueKeysOf } from '#exchange/search/value-keys.ts'
import { valuesOf } from '#exchange/search/values-of.ts'
import { literalsOf } from '#exchange/search/literals.ts'
import { indicator } from '#test/harness/exchange.ts'

const SHA = 'AB'.repeat(32)
const form = (text: string) => {
  const value = readForm(text)
  return value && `${value.kind} ${value.text}`
}
const named = (object: object) => valuesOf(object as never).map(({ kind, text }) => `${kind} ${text}`)

describe('a value', () => {
  it.each([
    [SHA, `sha256 ${SHA.toLowerCase()}`],
    ['D41D8CD98F00B204E9800998ECF8427E', 'md5 d41d8cd98f00b204e9800998ecf8427e'],
    ['f'.repeat(128), `sha512 ${'f'.repeat(128)}`],
    ['198.51.100.7', 'ipv4 198.51.100.7'],
    ['::FFFF:198.51.100.7', 'ipv4 198.51.100.7'],
    ['0:0:0:0:0:ffff:c633:6407', 'ipv4 198.51.100.7'],
    ['2001:DB8:0:0:1:0:0:1', 'ipv6 2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', 'ipv6 2001:db8:0:1:1:1:1:1'],
    ['::', 'ipv6 ::'],
    ['198.51.100.77/24', 'network 198.51.100.0/24'],
    ['198.51.100.77/32', 'ipv4 198.51.100.77'],
    ['0.0.0.0/0', 'network 0.0.0.0/0'],
    ['::ffff:198.51.100.77/120', 'network 198.51.100.0/24'],
    ['2001:db8:ffff::1/33', 'network 2001:db8:8000::/33'],
    ['Bad.Example.', 'domain bad.example'],
    ['bücher.example', 'domain xn--bcher-kva.example'],
    ['HTTP://Bad.Example:80/a b', 'url http://bad.example/a%20b'],
    ['Alice@Bad.Example', 'email alice@bad.example'],
    ['00-1A-2B-3C-4D-5E', 'mac 00:1a:2b:3c:4d:5e'],
    ['001a.2b3c.4d5e', 'mac 00:1a:2b:3c:4d:5e'],
    ['AS64500', 'asn 64500'],
    ['cve-2026-0001', 'cve CVE-2026-0001'],
    ['t1059.001', 'attack T1059.001'],
    ['indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f', 'id indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f'],
  ])('%s is read as %s', (text, expected) => expect(form(text)).toBe(expected))

  it.each(['', 'word', '1.2.3', '198.51.100.07', 'http://', 'a b.example', 'g'.repeat(64), '-a.example', '198.51.100.7/33', 'fe80::1%eth0', '1.2.3.4/', 'a@b'])(
    '%s has no form of its own',
    (text) => expect(form(text)).toBeUndefined(),
  )

  it('is one value however it is written (8.2)', () => {
    const property = fc.property(fc.ipV6(), (address) => {
      const value = readForm(address)!
      expect(readForm(value.text)).toEqual(value)
      expect(readForm(address.toUpperCase())).toEqual(value)
      if (value.kind === 'ipv6') expect(new URL(`http://[${address}]`).hostname).toBe(`[${value.text}]`)
    })
    fc.assert(property, { numRuns: 1000 })
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        for (const { kind, text: normal } of readingsOf(text)) expect(readAs(kind, normal)?.text).toBe(normal)
      }),
      { numRuns: 1000 },
    )
  })

  it('that a person writes so that nobody follows it is read as what it stands for', () => {
    expect(refang('hxxps://bad[.]example/a')).toBe('https://bad.example/a')
    expect(refang('hxxp[://]bad(dot)example')).toBe('http://bad.example')
    expect(refang('alice[at]bad[.]example')).toBe('alice@bad.example')
    expect(refang('alice (at) bad.example')).toBe('alice@bad.example')
    expect(refang('198[.]51[.]100[.]7')).toBe('198.51.100.7')
    expect(refang('plain (text) of people')).toBe('plain (text) of people')
  })

  it('is tried as everything that it can be', () => {
    expect(readingsOf(' bad[.]example ')).toEqual([
      { kind: 'domain', text: 'bad.example' },
      { kind: 'text', text: 'bad.example' },
    ])
    expect(readingsOf('HKLM\\Software\\X')).toEqual([{ kind: 'text', text: 'hkey_local_machine\\software\\x' }])
    expect(readingsOf('x'.repeat(4001))).toEqual([])
    expect(readAs('sha256', 'word')).toBeUndefined()
    expect(readAs('asn', '64500')).toEqual({ kind: 'asn', text: '64500' })
  })
})

describe('what an object names', () => {
  it.each([
    [`[file:hashes.'SHA-256' = '${SHA}']`, [`sha256 ${SHA.toLowerCase()}`]],
    [`[file:hashes.MD5 = 'x' AND file:name = 'A.exe']`, ['text x', 'text a.exe']],
    [
      `[domain-name:value IN ('b.example', 'A.example')] FOLLOWEDBY [url:value='http://c.example']`,
      ['domain b.example', 'domain a.example', 'url http://c.example/'],
    ],
    [`[network-traffic:dst_ref.value = '198.51.100.7'] AND [autonomous-system:number = 64500]`, ['ipv4 198.51.100.7', 'asn 64500']],
    [`[mutex:name != 'a' OR mutex:name NOT = 'b' OR mutex:name LIKE 'c%']`, []],
    [`[file:name = 'it\\'s']`, ["text it's"]],
    [`[ipv4-addr:value = '198.51.100.0/24']`, ['network 198.51.100.0/24']],
  ])('by the pattern %s', (pattern, expected) => expect(named(indicator({ pattern }))).toEqual(expected))

  it('by the properties of observables', () => {
    expect(named({ type: 'file', name: 'a.exe', hashes: { MD5: 'a'.repeat(32), SSDEEP: '3:AB:c' } })).toEqual([
      'text a.exe',
      `md5 ${'a'.repeat(32)}`,
      'text 3:ab:c',
    ])
    expect(named({ type: 'autonomous-system', number: 64500, name: 'Doc' })).toEqual(['text doc', 'asn 64500'])
    expect(named({ type: 'windows-registry-key', key: 'HKEY_LOCAL_MACHINE\\A' })).toEqual(['text hkey_local_machine\\a'])
    expect(named({ type: 'x509-certificate', serial_number: '0A:1b', hashes: { 'SHA-1': 'b'.repeat(40) } })).toEqual(['text 0a1b', `sha1 ${'b'.repeat(40)}`])
    expect(named({ type: 'user-account', account_login: 'Root', user_id: 'root' })).toEqual(['text root'])
    expect(named({ type: 'observed-data', objects: { 0: { type: 'domain-name', value: 'a.example' } } })).toEqual(['domain a.example'])
  })

  it('by names, aliases and what it refers to outside', () => {
    const external_references = [
      { source_name: 'mitre-attack', external_id: 'G0016' },
      { source_name: 'cve', external_id: 'CVE-2026-0001' },
      { source_name: 'x' },
    ]
    expect(named({ type: 'intrusion-set', name: 'Cozy  Bear', aliases: ['APT29', 7], external_references })).toEqual([
      'text cozy bear',
      'text apt29',
      'attack G0016',
      'cve CVE-2026-0001',
    ])
    expect(named({ type: 'vulnerability', name: 'CVE-2026-0001', external_references })).toEqual(['cve CVE-2026-0001', 'attack G0016'])
    expect(named({ type: 'report', name: 'Cozy Bear' })).toEqual([])
  })

  it('is bounded, whatever it holds', () => {
    for (const hostile of ['a:', 'a:b ', "a:b='", "a:b = '\\", 'a:b IN (', "a:b.'c"]) {
      const started = process.cpuUsage()
      literalsOf(`[${hostile.repeat(190_000 / hostile.length)}`)
      expect(process.cpuUsage(started).user, hostile).toBeLessThan(500_000)
    }
    const hashes = Object.fromEntries(Array.from({ length: 6_000 }, (_, at) => [`x${at}`, `v${at}`]))
    expect(named({ type: 'file', hashes })).toHaveLength(5_000)
    expect(named(indicator({ pattern: 7, external_references: [null, 7] }))).toEqual([])
  })
})

describe('the key of a value', () => {
  const keys = { master: Buffer.alloc(32, 1) }

  it('is the same for the same value under one master key, and says nothing without it', () => {
    const [key] = valueKeysOf(keys, indicator({ pattern: `[domain-name:value = 'Bad.Example']` }))
    expect(key).toMatch(/^[0-9a-f]{32}$/)
    expect(key).toBe(valueKey(keys, { kind: 'domain', text: 'bad.example' }))
    expect(key).not.toBe(valueKey(keys, { kind: 'text', text: 'bad.example' }))
    expect(key).not.toBe(valueKey({ master: Buffer.alloc(32, 2) }, { kind: 'domain', text: 'bad.example' }))
  })
})
