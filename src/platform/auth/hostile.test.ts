import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { Authenticator } from '#test/harness/authenticator.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { Visitor } from '#test/harness/visitor.ts'

interface Ceremony {
  readonly ceremony: string
  readonly options: unknown
}

/** Text that people, scripts and attackers send where a name or a secret belongs. */
const TEXTS = [
  '',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e gnp.exe',
  '\u{1f600}'.repeat(60),
  "'; drop table person; --",
  '<script>',
  '%00',
  'ﷺ'.repeat(100),
  '\r\nSet-Cookie: a=b',
]

describe('hostile input to the routes of identity', () => {
  let test: TestApp
  let a: SeededOperator
  let address = 0
  const visitor = (cookie?: string) =>
    new Visitor(test.server, { address: `2001:db8:${(++address).toString(16)}::1`, ...(cookie === undefined ? {} : { cookie }) })

  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
  })
  afterAll(() => test.close())

  it('gets a refusal in place of each field of an authenticator, never a failure of ours', { timeout: 60_000 }, async () => {
    const junk = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.jsonValue({ maxDepth: 3 }),
    )
    const field = fc.constantFrom('attestationObject', 'clientDataJSON', 'authenticatorData', 'signature', 'userHandle', 'transports', 'publicKey')
    await fc.assert(
      fc.asyncProperty(field, junk, fc.boolean(), async (name, value, enrolling) => {
        const at = enrolling ? visitor(a.people.author.session.cookie) : visitor()
        const [begin, finish] = enrolling ? ['/api/account/passkeys/options', '/api/account/passkeys'] : ['/api/auth/passkey/options', '/api/auth/passkey']
        const { ceremony, options } = (await at.post(begin)).json<Ceremony>()
        const key = new Authenticator(test.app.config.url.origin)
        const credential = enrolling ? key.create(options) : key.get(options)
        const answer = await at.post(finish, {
          ceremony,
          ...(enrolling && { name: 'Key' }),
          response: { ...credential, response: { ...credential.response, [name]: value } },
        })
        const isStillValid = enrolling && answer.statusCode === 201 && !['attestationObject', 'clientDataJSON'].includes(name)
        return isStillValid || answer.statusCode === 409 || (answer.statusCode >= 400 && answer.statusCode < 402)
      }),
      { numRuns: 150 },
    )
  })

  it('is refused cleanly or kept exactly as text', async () => {
    const officer = visitor(a.people['membership-officer'].session.cookie)
    for (const text of TEXTS) {
      const answers = [
        await officer.post('/api/people', { name: text, roles: ['author'] }),
        await officer.post('/api/people', { name: 'A', email: text, roles: ['author'] }),
        await officer.post('/api/account/tokens', { name: text, scopes: ['account:read'], expiresInDays: 1 }),
        await officer.post(`/api/people/${a.people.reviewer.id}/recoveries`, { reason: text }),
        await visitor().post('/api/auth/link', { token: text.padEnd(20, 'x') }),
        await visitor().post('/api/auth/link/inspect', { token: text.padEnd(20, 'x') }),
        await officer.get(`/api/people/${encodeURIComponent(text.toWellFormed())}`),
        await test.server.inject({
          url: '/api/session',
          headers: { authorization: `Bearer ${encodeURIComponent(text.toWellFormed())}`, cookie: `vedette=${encodeURIComponent(text.toWellFormed())}` },
        }),
      ]
      for (const answer of answers) expect(answer.statusCode, JSON.stringify(text)).toBeLessThan(500)
    }
  })

  it.each([
    ['POST', '/api/account/tokens', { name: 'T', scopes: ['everything'], expiresInDays: 1 }],
    ['POST', '/api/account/tokens', { name: 'T', scopes: [], expiresInDays: 1 }],
    ['POST', '/api/account/tokens', { name: 'T', scopes: ['account:read'], expiresInDays: 367 }],
    ['POST', '/api/account/tokens', { name: 'T', scopes: ['account:read'], expiresInDays: 0 }],
    ['POST', '/api/people', { name: 'P', roles: ['root'] }],
    ['POST', '/api/people', { name: 'P', roles: [] }],
    ['POST', '/api/people', { name: 'P', roles: ['author'], email: 'a@b\r\nBcc: c@d' }],
    ['POST', '/api/people', { name: 'P', roles: ['author'], organisation: 'DROP' }],
  ] as const)('%s %s refuses %j', async (method, url, body) => {
    const answer = await visitor(a.people['membership-officer'].session.cookie).send(method, url, body)
    expect(answer.json()).toMatchObject({ code: 'VALIDATION_FAILED' })
  })

  it('ignores what a body says beyond its schema: no role, person or operator slips in', async () => {
    const officer = visitor(a.people['membership-officer'].session.cookie)
    const body = { name: 'Mass', roles: ['author'], id: a.people.publisher.id, operator_id: a.vendor.id, disabled_at: null, passkeys: 5, side: 'contact' }
    const answer = await officer.post('/api/people', body)
    if (answer.statusCode === 400) return expect(answer.json()).toMatchObject({ code: 'VALIDATION_FAILED' })
    const { person } = answer.json<{ person: { id: string } }>()
    expect(person).toMatchObject({ kind: 'operator', organisation: { id: a.id }, roles: ['author'], passkeys: 0 })
    expect(person.id).not.toBe(a.people.publisher.id)
  })
})
