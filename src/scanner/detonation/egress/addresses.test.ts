import { describe, expect, it } from 'vitest'
import { RefusedAddress } from '#platform/http/guarded-fetch.ts'
import { refuseInside } from './addresses.ts'
import { destinationOf } from './destination.ts'

const rule = refuseInside(['9.9.9.0/24', '2620:fe::/48'], ['198.41.0.4'])

describe('addresses that a guest is never connected to', () => {
  const inside: readonly (readonly [why: string, ...addresses: string[]])[] = [
    ['this host and this network', '0.0.0.0', '0.1.2.3', '::'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', 'fc00::1', 'fd12:3456:789a::1'],
    ['shared by carriers', '100.64.0.1', '100.127.255.255'],
    ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
    ['link-local', '169.254.0.1', 'fe80::1', 'fe80::1%eth0'],
    ['metadata of clouds', '169.254.169.254', '169.254.170.2', '100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254'],
    ['protocol assignments', '192.0.0.8', '192.0.0.170', '2001::1', '2001:1::1', '2001:20::1'],
    ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
    ['relays and sinks', '192.31.196.1', '192.52.193.1', '192.88.99.1', '192.175.48.1', '2620:4f:8000::1'],
    ['benchmarks', '198.18.0.1', '198.19.255.255', '2001:2::1'],
    ['multicast and reserved', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', 'ff02::1'],
    ['discard and segment routing', '100::1', '5f00::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8'],
    ['IPv4-compatible and translated', '::127.0.0.1', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::8.8.8.8', '64:ff9b:1::1'],
    ['6to4', '2002:7f00:1::', '2002:a9fe:a9fe::1', '2002:808:808::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['networks of an operator’s own', '9.9.9.9', '2620:fe::9'],
    ['this machine', '198.41.0.4'],
    ['no address at all', '', 'localhost', '127.1', '0x7f000001', '8.8.8.8 '],
  ]
  it.each(inside.flatMap(([why, ...addresses]) => addresses.map((address) => [why, address] as const)))('%s: %s', (_, address) => {
    expect(rule(address)).toBeTypeOf('string')
  })

  // Control: a rule that refused everything would pass the table above.
  it.each(['8.8.8.8', '9.9.8.255', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2620:fe:1::9'])(
    'but %s is one of the public internet',
    (address) => {
      expect(rule(address)).toBeUndefined()
    },
  )

  it('says the same of networks that are somebody’s own and of this machine: whose they are is nobody’s business', () => {
    expect(rule('9.9.9.9')).toBe(rule('198.41.0.4'))
    expect(rule('9.9.9.9')).not.toMatch(/own|machine/)
  })

  it('names the network that is none', () => {
    for (const network of ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'example.org/8', '10.0.0.0/8x']) expect(() => refuseInside([network])).toThrow(network)
  })
})

describe('where a request goes', () => {
  const signal = AbortSignal.timeout(20_000)
  const answering =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const reach = (address: string, resolve = answering('8.8.8.8')) =>
    destinationOf(new URL(address), { resolve, whyRefused: rule }, signal).then(
      ({ address: reached }) => reached,
      (error: Error) => (error instanceof RefusedAddress ? 'refused' : error.message),
    )

  it('is decided after the address was understood, however it is written', async () => {
    const written = [
      'http://0x7f000001/',
      'http://017700000001/',
      'http://127.1/',
      'http://127。0。0。1/',
      'http://2130706433/',
      'http://0177.0.0.1/',
      'http://①②⑦.0.0.1/',
      'http://[::ffff:7f00:1]/',
      'http://[::1]/',
      'http://[::ffff:169.254.169.254]/',
      'http://[64:ff9b::7f00:1]/',
      'http://[2002:7f00:1::]/',
      'http://0/',
      'https://169.254.169.254/latest/meta-data/',
      'ws://10.0.0.1/',
      'http://user:secret@8.8.8.8/',
      'http://1.1.1.1 &@2.2.2.2# @3.3.3.3/',
      'ftp://8.8.8.8/',
      'file:///etc/passwd',
    ]
    for (const address of written) expect([address, await reach(address)]).toEqual([address, 'refused'])
    // Control: the same forms of a public address go to exactly that.
    for (const address of ['http://0x08080808/', 'http://8.8.2056/', 'http://8。8。8。8/'])
      expect([address, await reach(address)]).toEqual([address, '8.8.8.8'])
  })

  it('is refused where one of several answers lies inside, and where there is none', async () => {
    expect(await reach('http://mixed.example/', answering('8.8.8.8', '127.0.0.1'))).toBe('refused')
    expect(await reach('http://mixed.example/', answering('2606:4700::1111', '::ffff:10.0.0.1'))).toBe('refused')
    expect(await reach('http://empty.example/', answering())).toBe('refused')
    expect(await reach('http://fine.example/', answering('8.8.8.8', '2606:4700::1111'))).toBe('8.8.8.8')
  })

  it('is refused at ports of other protocols', async () => {
    for (const port of [0, 21, 22, 25, 53, 445, 587, 6667, 10080]) expect([port, await reach(`http://fine.example:${port}/`)]).toEqual([port, 'refused'])
    for (const port of [80, 81, 443, 8080, 49152]) expect([port, await reach(`http://fine.example:${port}/`)]).toEqual([port, '8.8.8.8'])
  })
})
