import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StixObject } from '#exchange/stix/check.ts'
import { observableId, uuidV5, warningOfId } from '#exchange/stix/deterministic-id.ts'
import { EXAMPLES, idOf, observable } from '#test/harness/stix.ts'
import { CORPORA, haveCorpora, unlessThere } from '#test/corpus/corpora.ts'

const md5 = 'd41d8cd98f00b204e9800998ecf8427e'
const sha1 = '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12'

/** Reckoned with the modules uuid and json of Python 3.11. */
const VECTORS: readonly (readonly [type: string, properties: object, uuid: string])[] = [
  ['artifact', { payload_bin: 'aGVsbG8=' }, 'c31e8e38-8283-504b-9e75-800b29a09186'],
  [
    'artifact',
    { hashes: { 'SHA-512': '0'.repeat(128), 'SHA-1': sha1, 'SHA-256': '1'.repeat(64) }, url: 'https://files.example/a' },
    '237fed2a-eda0-5167-8a08-7df8fc2b3a1b',
  ],
  ['autonomous-system', { number: 64_500, name: 'n' }, '0a5f7072-df00-5729-9f0a-4eb18631a446'],
  ['directory', { path: 'C:\\Windows\\"quoted"' }, '86b66e78-56bb-5ec3-b34a-037a349d7566'],
  ['domain-name', { value: 'bücher.example' }, 'dbf3aff2-b3cd-57d2-9616-0ddfde9d01ad'],
  ['email-addr', { value: 'a@example.org', display_name: 'A' }, '1551d521-551b-540f-872a-5de3f1659463'],
  [
    'email-message',
    { subject: 'Hi\n\t\u0001', from_ref: 'email-addr--9b7e29b3-fd8d-562e-b3f0-8fc8134f5dda', is_multipart: false },
    'ee02aedb-52f9-5454-afef-24b7e614af42',
  ],
  ['file', { hashes: { 'SHA-256': '2'.repeat(64), MD5: md5 }, name: '\u{1f6e1}.exe', size: 5 }, '024d0cd1-ddc8-569a-9b5a-faf74cc6be8e'],
  [
    'file',
    {
      name: 'a.exe',
      extensions: {
        'windows-pebinary-ext': {
          pe_type: 'exe',
          sections: [
            { name: 'CODE', entropy: 0.061089 },
            { name: 'b', entropy: 7 },
          ],
        },
      },
    },
    'e30e3980-097c-5806-8d3c-7701928b61ac',
  ],
  ['ipv4-addr', { value: '198.51.100.3' }, '28bb3599-77cd-5a82-a950-b5bc3caf07c4'],
  ['ipv6-addr', { value: '2001:db8::/96' }, 'fd94b5a6-b245-5686-8ec7-12576512d73a'],
  ['mac-addr', { value: 'd2:fb:49:24:37:18' }, '757b1725-9903-54f5-a855-1240691d7659'],
  ['mutex', { name: '__M__' }, '8d6d4d2f-e763-5835-bfa6-11e309bdb235'],
  [
    'network-traffic',
    { dst_port: 80, protocols: ['ipv4', 'tcp'], dst_ref: 'ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4', start: '2026-01-01T00:00:00Z', src_packets: 5 },
    'b521b9b8-6037-5ec0-ab58-8661682cbbd5',
  ],
  ['software', { name: 'Word', vendor: 'v', version: '2002', languages: ['en'] }, '640c58c2-0fa1-5ee6-9598-fe27fb8781cb'],
  ['url', { value: 'https://example.com/?q=1&r=<2>' }, '16a55861-834b-5d57-bf22-cbcee6a881c7'],
  ['user-account', { account_login: 'root', user_id: '0', display_name: 'R' }, '20a63f8f-9107-579e-a40a-a7ba0a67ec3e'],
  [
    'windows-registry-key',
    { key: 'hkey_local_machine\\a', values: [{ name: 'Foo', data: 'qwerty', data_type: 'REG_SZ' }] },
    '73cba644-9a1a-56b5-a07d-58fdcb641c65',
  ],
  ['x509-certificate', { serial_number: '1', hashes: { 'SHA-256': '3'.repeat(64) }, issuer: 'CN=a' }, '66b68d8e-1c2b-552d-8e20-87f5fb992f8d'],
]

describe('the id of an observable', () => {
  it.each(VECTORS)('follows from what contributes: %s %j', (type, properties, uuid) => {
    expect(observableId({ type, ...properties })).toBe(`${type}--${uuid}`)
    expect(warningOfId({ type, id: `${type}--${uuid}`, ...properties })).toBeUndefined()
    expect(warningOfId({ type, id: idOf(type).replace('-492e-', '-592e-'), ...properties })).toContain(uuid)
  })

  it('follows from nothing where nothing contributes, and a version 5 is remarked upon', () => {
    for (const object of [
      observable('process', { pid: 5 }),
      observable('email-message', { is_multipart: true }),
      observable('user-account', { display_name: 'A' }),
    ]) {
      expect(observableId(object)).toBeUndefined()
      expect(warningOfId(object)).toBeUndefined()
      expect(warningOfId({ ...object, id: object.id.replace('-492e-', '-592e-') })).toContain('nothing is there')
    }
  })

  it('is not judged for a hash that the standard does not rank, a random id, or an object of another kind', () => {
    const id = (type: string) => idOf(type).replace('-492e-', '-592e-')
    expect(warningOfId(observable('file', { id: id('file'), hashes: { TLSH: 'a'.repeat(70) }, name: 'a' }))).toBeUndefined()
    expect(EXAMPLES.map((object) => warningOfId(object)).filter((warning) => warning !== undefined)).toEqual([])
    expect(warningOfId({ type: 'identity', id: id('identity'), name: 'n' })).toBeUndefined()
    expect(warningOfId({ type: 'x-ours', id: id('x-ours'), name: 'n' })).toBeUndefined()
  })

  it('has a namespace of its own', () => {
    expect(() => uuidV5('00abedb4-aa42-466c-9c01-fed23315a9b7', 'n')).toThrow(RangeError)
    // The example of RFC 9562, appendix A.4.
    expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  })

  it.skipIf(!haveCorpora)(`is that of the examples of OASIS, all but those named here${unlessThere}`, () => {
    const folder = join(CORPORA, 'stix')
    const objects = readdirSync(folder).flatMap((file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { objects: StixObject[] }).objects)
    const remarked = objects.filter((object) => warningOfId(object) !== undefined)
    expect(remarked.map(({ id }) => id)).toEqual([])
  })
})
