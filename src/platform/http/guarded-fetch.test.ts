import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { guardedFetch, RefusedAddress } from '#platform/http/guarded-fetch.ts'
import { isPublic } from '#platform/http/public-address.ts'

describe('which addresses are public', () => {
  const inside = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
  ]
  const insideV6 = [
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '2002:7f00:1::1',
  ]
  it.each([...inside, ...insideV6, 'localhost', ''])('%s is not', (address) => {
    expect(isPublic(address)).toBe(false)
  })
  it.each(['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.0.1.1', '2606:4700::1111', '2a00:1450::1'])('%s is', (address) => {
    expect(isPublic(address)).toBe(true)
  })
})

describe('fetching from an address that a member chose', () => {
  const to = (address: string) => async () => [{ address, family: address.includes(':') ? 6 : 4 }]
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'answered',
      (error: Error) => (error instanceof RefusedAddress ? 'refused' : 'tried'),
    )

  it('refuses names and addresses of a private network, however they are written', async () => {
    const guarded = guardedFetch([], to('10.0.0.5'))
    for (const address of [
      'https://provider.example/',
      'https://10.0.0.5/',
      'https://[fd00::1]/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://127.1/',
      'https://[::ffff:7f00:1]/',
    ])
      expect([address, await refusal(guarded(address))]).toEqual([address, 'refused'])
  })

  it('refuses a name of which one address is private, plain http, and passwords', async () => {
    const mixed = guardedFetch([], async () => [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ])
    expect(await refusal(mixed('https://provider.example/'))).toBe('refused')
    expect(await refusal(guardedFetch([], to('8.8.8.8'))('http://provider.example/'))).toBe('refused')
    expect(await refusal(guardedFetch(['provider.example'], to('10.0.0.5'))('http://provider.example/'))).toBe('refused')
    expect(await refusal(guardedFetch([], to('8.8.8.8'))('https://user:secret@provider.example/'))).toBe('refused')
    for (const address of ['file:///etc/passwd', 'ftp://provider.example/', 'data:text/plain,x'])
      expect(await refusal(guardedFetch([], to('8.8.8.8'))(address))).toBe('refused')
  })

  it('connects to the address that was checked, and to a named host on this machine', async () => {
    const server = createServer((request, response) => response.end(request.headers.host))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    // Control: the same address answers once its host is named; the look-up happens once.
    let asked = 0
    const here = guardedFetch(['provider.example'], async () => {
      asked++
      return [{ address: '127.0.0.1', family: 4 }]
    })
    expect(await (await here(`http://provider.example:${port}/`)).text()).toBe(`provider.example:${port}`)
    expect(asked).toBe(1)
    expect(await refusal(guardedFetch(['other.example'], to('127.0.0.1'))(`http://provider.example:${port}/`))).toBe('refused')
    await new Promise((resolve) => server.close(resolve))
  })

  it('waits no longer than the signal for a name that is not answered', async () => {
    const never = guardedFetch([], () => new Promise(() => undefined))
    await expect(never('https://provider.example/', { signal: AbortSignal.timeout(20) })).rejects.toThrow()
  })
})
