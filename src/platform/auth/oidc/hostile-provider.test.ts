import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startHostileProvider, HOSTILE_CLIENT, type HostileProvider, type Lies } from '#test/harness/hostile-provider.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { Traveller } from '#test/harness/traveller.ts'

const REFUSED = '/sign-in?refused=organisation'

describe('a provider that lies', () => {
  let test: TestApp
  let idp: HostileProvider
  let a: SeededOperator
  let name: string
  let address = 0
  const traveller = (who?: { readonly session: { readonly cookie: string } }) =>
    new Traveller(test.server, { address: `198.51.100.${++address}`, ...(who && { cookie: who.session.cookie }) })
  const propose = (change: object = {}) =>
    traveller(a.vendor.people.admin).send('POST', '/api/identity-providers', {
      issuer: idp.issuer,
      ...HOSTILE_CLIENT,
      rule: { factors: 'amr', accepted: ['mfa'] },
      ...change,
    })

  beforeAll(async () => {
    test = await testApp({ env: { VEDETTE_IDP_PRIVATE_HOSTS: '127.0.0.1' } })
    test.clock.set(new Date())
    ;[a] = await seedPeople(test.app)
    idp = await startHostileProvider()
    const proposed = (await propose()).json<{ id: string; signInName: string }>()
    name = proposed.signInName
    await traveller(a.people['membership-officer']).send('POST', `/api/identity-providers/${proposed.id}/confirmation`, {})
    const at = traveller(a.vendor.people.reader)
    const begun = await at.send('POST', '/api/account/identities', {})
    expect((await at.comeBack(await at.visit(begun.json<{ url: string }>().url))).headers.location).toBe('/account?identity=connected')
  })
  beforeEach(() => {
    idp.lies = {}
  })
  afterAll(async () => {
    await idp.close()
    await test.close()
  })

  const placeWith = async (lies: Lies) => {
    idp.lies = lies
    return (await traveller().signIn(name)).headers.location
  }

  it('is believed while it is honest', async () => {
    expect(await placeWith({})).toBe('/')
  })

  const now = Math.floor(Date.now() / 1000)
  const tokens: readonly [string, Lies][] = [
    ['of another issuer', { claims: { iss: 'https://elsewhere.example' } }],
    ['for another client', { claims: { aud: 'another' } }],
    ['for several clients, none of them authorised', { claims: { aud: ['vedette', 'another'] } }],
    ['with another nonce', { claims: { nonce: 'another' } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['that has expired', { claims: { exp: now - 60 } }],
    ['of somebody who signed in too long ago', { claims: { auth_time: now - 3700 } }],
    ['that does not say when', { claims: { auth_time: undefined } }],
    ['of another subject', { claims: { sub: 'subject-2' } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['whose amr is text', { claims: { amr: 'mfa' } }],
    ['whose amr holds other things', { claims: { amr: [['mfa'], { mfa: true }] } }],
    ['without amr', { claims: { amr: undefined } }],
    ['signed by nobody (alg none)', { signature: 'none' }],
    ['signed with the shared secret (HS256)', { signature: 'client-secret' }],
    ['signed with the published key as a secret', { signature: 'published-key-as-secret' }],
    ['signed by another key', { signature: 'other-key' }],
    ['whose signature is broken', { signature: 'broken' }],
  ]
  it.each(tokens)('gets nobody in by a token %s', async (_what, lies) => {
    expect(await placeWith(lies)).toBe(REFUSED)
  })

  it('is not set out for when its document names another issuer, or endpoints that are not fetched from', async () => {
    const documents = [
      { issuer: 'https://elsewhere.example' },
      { issuer: `${idp.issuer}/other` },
      { authorization_endpoint: 'javascript:alert(1)' },
      { authorization_endpoint: 'file:///etc/passwd' },
      { authorization_endpoint: undefined },
    ]
    for (const document of documents) {
      idp.lies = { document }
      expect((await traveller().setOut(name)).json()).toMatchObject({ code: 'SIGN_IN_FAILED' })
      expect((await propose()).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/issuer' }] })
    }
    const endpoints = ['http://169.254.169.254/token', 'https://10.0.0.1/token', 'https://[::1]/token', 'https://localhost/token']
    for (const token_endpoint of endpoints) expect(await placeWith({ document: { token_endpoint } })).toBe(REFUSED)
    for (const jwks_uri of endpoints) expect(await placeWith({ document: { jwks_uri } })).toBe(REFUSED)
  })

  it('cannot redirect us, keep us waiting, or flood us', async () => {
    const path = '/.well-known/openid-configuration'
    const answers: Lies['answers'][] = [
      { [path]: (response) => response.writeHead(302, { location: `${idp.issuer}/jwks` }).end() },
      { [path]: (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(`{"issuer":"${'x'.repeat(300 * 1024)}"}`) },
      { [path]: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>') },
      { [path]: (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('[]') },
    ]
    for (const lie of answers) {
      idp.lies = { answers: lie! }
      const before = idp.asked.length
      expect((await traveller().setOut(name)).json()).toMatchObject({ code: 'SIGN_IN_FAILED' })
      expect(idp.asked.slice(before)).toEqual([path])
    }
    idp.lies = { answers: { [path]: () => undefined } }
    const begun = performance.now()
    expect((await traveller().setOut(name)).json()).toMatchObject({ code: 'SIGN_IN_FAILED' })
    expect(performance.now() - begun).toBeLessThan(8_000)
  })

  it('is no issuer with a query, a password, or the path of the document in it', async () => {
    for (const issuer of [
      `${idp.issuer}/?x=1`,
      `${idp.issuer}/#x`,
      idp.issuer.replace('//', '//user:secret@'),
      `${idp.issuer}/.well-known/openid-configuration`,
      'ftp://provider.example',
      'provider.example',
    ])
      expect((await propose({ issuer })).json()).toMatchObject({ code: 'VALIDATION_FAILED', fields: [{ field: '/body/issuer' }] })
  })
})
