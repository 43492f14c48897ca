import { describe, expect, it } from 'vitest'
import { SetEgress } from '#scanner/egress-settings/contract.ts'
import { formOf, wishOf } from './egress.ts'

const kept = { kind: 'kept', user: '', password: '' } as const
const view = {
  mayReachOut: 'operator',
  direct: true,
  ownNetworks: ['192.0.2.0/24', '2001:db8::/32'],
  upstream: { host: 'proxy.example', port: 3128, hasLogin: true },
  changedAt: null,
  changedBy: null,
} as const

describe('the way out of machines, as a form', () => {
  it('sends back what it was given, and leaves a kept login alone', () => {
    const wish = wishOf(formOf({ ...view, ownNetworks: [...view.ownNetworks] }), kept)
    expect(SetEgress.parse(wish)).toEqual({ direct: true, ownNetworks: view.ownNetworks, upstream: { host: 'proxy.example', port: 3128 } })
  })

  it('takes networks as people write them, and a login only where it is a new one', () => {
    const form = { direct: false, upstream: true, host: ' proxy.example ', port: '8080', networks: ' 192.0.2.0/24,\n198.51.100.0/24 ' }
    expect(wishOf(form, { kind: 'new', user: 'a', password: 'b' })).toEqual({
      direct: false,
      ownNetworks: ['192.0.2.0/24', '198.51.100.0/24'],
      upstream: { host: 'proxy.example', port: 8080, login: { user: 'a', password: 'b' } },
    })
    expect(wishOf(form, { kind: 'none', user: 'a', password: 'b' }).upstream).toMatchObject({ login: null })
    expect(wishOf({ ...form, upstream: false }, kept).upstream).toBeNull()
  })
})
