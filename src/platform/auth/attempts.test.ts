import { fc, test as property } from '@fast-check/vitest'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addressSubject } from '#platform/auth/client.ts'
import { issueHostLink } from '#platform/auth/issue-host-link.ts'
import { createSecret } from '#platform/auth/secret.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { Authenticator } from '#test/harness/authenticator.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { Visitor } from '#test/harness/visitor.ts'

const TRIES = 10
const times = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n))
const code = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code

/** Promise 19: guessing does not work, whatever the variant. */
describe('guessing', () => {
  let test: TestApp
  let a: SeededOperator
  let next = 0
  const visitor = (address = `198.51.100.${++next}`) => new Visitor(test.server, { address })
  const tries = async (subject: string) => (await test.database.superuser.query('select 1 from attempt where subject = $1', [subject])).rowCount
  /** Moves the counted failures into the past: they are counted on the database's clock, which no test can set. */
  const age = (minutes: number) => test.database.superuser.query(`update attempt set happened_at = happened_at - make_interval(mins => $1)`, [minutes])

  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
  })
  beforeEach(async () => {
    await test.database.superuser.query('delete from attempt')
  })
  afterAll(() => test.close())

  const link = async () => (await issueHostLink(test.app, a.vendor.people.reader.id)).url
  const guessLink = (at: Visitor) => at.useLink(`http://x/welcome#${createSecret('link').text}`)

  describe('a link', () => {
    it('ends after ten tries of an address, and the link itself still works elsewhere', async () => {
      const url = await link()
      const at = visitor('203.0.113.1')
      for (const _ of times(TRIES, String)) expect(code(await guessLink(at))).toBe('SIGN_IN_FAILED')
      expect(code(await at.useLink(url))).toBe('SIGN_IN_FAILED')
      expect((await visitor().useLink(url)).statusCode).toBe(200)
    })

    it('goes on after nine', async () => {
      const at = visitor('203.0.113.2')
      for (const _ of times(TRIES - 1, String)) await guessLink(at)
      expect((await at.useLink(await link())).statusCode).toBe(200)
    })

    it('counts looking and using, every shape and every header together', async () => {
      const at = visitor('203.0.113.3')
      const token = new URL(await link()).hash.slice(1)
      const variants = [
        () => at.post('/api/auth/link', { token: token.toUpperCase() }),
        () => at.post('/api/auth/link', { token: token.toLowerCase() }),
        () => at.post('/api/auth/link', { token: ` ${token}` }),
        () => at.post('/api/auth/link', { token: `${token}\u0301` }),
        () => at.post('/api/auth/link/inspect', { token: 'a'.repeat(20) }),
        () => at.post('/api/auth/link/inspect', { token: createSecret('link').text }),
        () => at.post('/api/auth/link', { token: createSecret('session').text }, { 'x-forwarded-for': '203.0.113.77' }),
        () => at.post('/api/auth/link', { token: createSecret('link').text }, { forwarded: 'for=203.0.113.78', 'x-real-ip': '203.0.113.79' }),
        () => at.post('/api/auth/link', { token: createSecret('link').text }, { accept: 'text/html' }),
        () => at.post('/api/auth/link', { token: createSecret('token').text }, { authorization: a.people.author.token.authorization }),
      ]
      expect(variants).toHaveLength(TRIES)
      for (const variant of variants) expect(code(await variant())).toBe('SIGN_IN_FAILED')
      expect(code(await at.post('/api/auth/link', { token }, { 'x-forwarded-for': '203.0.113.80' }))).toBe('SIGN_IN_FAILED')
    })

    it('answers a method it does not offer without looking', async () => {
      const at = visitor('203.0.113.4')
      for (const method of ['GET', 'PUT', 'DELETE'] as const) expect((await at.send(method, '/api/auth/link')).statusCode).toBeGreaterThanOrEqual(400)
      expect(await tries('address:203.0.113.4')).toBe(0)
    })

    it('is counted on the clock of the database, whatever the clock of the server does', async () => {
      const at = visitor('203.0.113.5')
      for (const _ of times(TRIES, String)) await guessLink(at)
      test.clock.advance(16 * 60_000)
      expect(code(await at.useLink(await link()))).toBe('SIGN_IN_FAILED')
      await age(14)
      expect(code(await at.useLink(await link()))).toBe('SIGN_IN_FAILED')
      await age(2)
      expect((await at.useLink(await link())).statusCode).toBe(200)
    })

    it('is tried exactly ten times in bursts of sixty, and a try refused for another at the same moment is not counted', async () => {
      const at = visitor('203.0.113.6')
      const codes: (string | undefined)[] = []
      for (let burst = 0; codes.filter((code) => code === 'SIGN_IN_FAILED').length <= TRIES && burst < 30; burst++) {
        codes.push(...(await Promise.all(times(60, () => guessLink(at)))).map(code))
        const failed = codes.filter((code) => code === 'SIGN_IN_FAILED').length
        expect(await tries('address:203.0.113.6')).toBe(Math.min(failed, TRIES))
      }
      expect(new Set(codes)).toEqual(new Set(['SIGN_IN_FAILED', 'RATE_LIMITED']))
      expect(await tries('address:203.0.113.6')).toBe(TRIES)
      expect(code(await at.useLink(await link()))).toBe('SIGN_IN_FAILED')
    })

    it('is neither tried nor counted while another try of the address is at work', async () => {
      const at = visitor('203.0.113.7')
      const url = await link()
      const other = await test.database.superuser.connect()
      await other.query(`select pg_advisory_lock(hashtextextended('attempt address:203.0.113.7', 0))`)
      try {
        const refused = await at.useLink(url)
        expect([refused.statusCode, code(refused), refused.headers['retry-after']]).toEqual([429, 'RATE_LIMITED', '1'])
        expect(await tries('address:203.0.113.7')).toBe(0)
      } finally {
        await other.query('select pg_advisory_unlock_all()')
        other.release()
      }
      expect((await at.useLink(url)).statusCode).toBe(200)
    })
  })

  describe('a passkey', () => {
    it('ends after ten tries for an account from ten addresses', async () => {
      const { key } = await enrolled()
      for (const _ of times(TRIES - 1, String)) expect(code(await visitor().signIn(key, { badSignature: true }))).toBe('SIGN_IN_FAILED')
      expect((await visitor().signIn(key)).statusCode).toBe(200)
      expect(code(await visitor().signIn(key, { badSignature: true }))).toBe('SIGN_IN_FAILED')
      expect(code(await visitor().signIn(key))).toBe('SIGN_IN_FAILED')
      await age(16)
      expect((await visitor().signIn(key)).statusCode).toBe(200)
    })

    it('shares its tries with the tokens of the account', async () => {
      const { key, at } = await enrolled()
      const secret = await newToken(at)
      for (const n of times(TRIES, Number)) await identify(`Bearer ${altered(secret, n)}`)
      expect(code(await visitor().signIn(key))).toBe('SIGN_IN_FAILED')
    })
  })

  async function enrolled(person = a.people.author): Promise<{ key: Authenticator; at: Visitor }> {
    const key = new Authenticator(test.app.config.url.origin)
    const at = visitor()
    await at.useLink((await issueHostLink(test.app, person.id)).url)
    expect((await at.enrol(key)).statusCode).toBe(201)
    return { key, at }
  }

  /** Made anew: the recovery that enrolled the passkey ended the seeded one. */
  async function newToken(at?: Visitor): Promise<string> {
    const visitor = at ?? (await enrolled(a.people.tracer)).at
    const made = await visitor.post('/api/account/tokens', { name: 'Test', scopes: ['account:read'], expiresInDays: 1 })
    return made.json<{ secret: string }>().secret
  }
  const altered = (secret: string, n: number) => secret.slice(0, 20 + n) + (secret[20 + n] === 'A' ? 'B' : 'A') + secret.slice(21 + n)
  const identify = (authorization: string, address = '203.0.113.50') =>
    test.server.inject({ url: '/api/session', remoteAddress: address, headers: { authorization } })

  describe('a token', () => {
    it('is refused after ten wrong secrets with its prefix, in every way to send one', async () => {
      const secret = await newToken()
      expect((await identify(`Bearer ${secret}`)).statusCode).toBe(200)
      const basic = (text: string) => `Basic ${Buffer.from(`user:${text}`).toString('base64')}`
      for (const n of times(TRIES, Number)) {
        const wrong = altered(secret, n)
        expect((await identify(n % 2 === 0 ? `Bearer ${wrong}` : basic(wrong), `203.0.113.${100 + n}`)).statusCode).toBe(401)
      }
      expect((await identify(`Bearer ${secret}`)).statusCode).toBe(401)
      expect((await identify(basic(secret))).statusCode).toBe(401)
      await age(16)
      expect((await identify(`Bearer ${secret}`)).statusCode).toBe(200)
    })

    it('does not stop others at the address of a script with a wrong token', async () => {
      for (const _ of times(TRIES * 2, String)) await identify(`Bearer ${createSecret('token').text}`, '203.0.113.60')
      expect((await identify(`Bearer ${await newToken()}`, '203.0.113.60')).statusCode).toBe(200)
      expect((await visitor('203.0.113.60').useLink(await link())).statusCode).toBe(200)
    })

    it('that was revoked is not counted as a guess', async () => {
      const at = visitor()
      const secret = await newToken()
      await test.database.superuser.query(`update api_token set revoked_at = now() where prefix = $1`, [secret.slice(0, 12)])
      for (const _ of times(TRIES * 2, String)) expect((await identify(`Bearer ${secret}`)).statusCode).toBe(401)
      expect(await tries(`person:${a.people.tracer.id}`)).toBe(0)
      expect((await at.useLink(await link())).statusCode).toBe(200)
    })
  })
})

describe('behind a proxy', () => {
  let test: TestApp
  afterAll(() => test.close())

  it('believes the address that a trusted proxy names, and nobody else', async () => {
    test = await testApp({ env: { VEDETTE_TRUST_PROXY: '10.0.0.1' } })
    const guess = (remoteAddress: string, named: string) =>
      test.server.inject({
        method: 'POST',
        url: '/api/auth/link',
        remoteAddress,
        headers: { 'x-forwarded-for': named },
        payload: { token: createSecret('link').text },
      })
    await guess('10.0.0.1', '203.0.113.1')
    await guess('203.0.113.9', '203.0.113.2')
    const { rows } = await test.database.superuser.query<{ subject: string }>('select subject from attempt order by subject')
    expect(rows.map(({ subject }) => subject)).toEqual(['address:203.0.113.1', 'address:203.0.113.9'])
  })
})

describe('the subject of an address', () => {
  it.each([
    ['192.0.2.1', 'address:192.0.2.1'],
    ['::ffff:192.0.2.1', 'address:192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', 'address:2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', 'address:2001:db8:1:2::/64'],
    ['2001:db8::1', 'address:2001:db8:0:0::/64'],
    ['::1', 'address:0:0:0:0::/64'],
    ['fe80::1%eth0', 'address:fe80:0:0:0::/64'],
  ])('of %s is %s', (address, subject) => {
    expect(addressSubject(address)).toBe(subject)
  })

  const group = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16))
  property.prop([
    fc.array(group, { minLength: 4, maxLength: 4 }),
    fc.array(group, { minLength: 4, maxLength: 4 }),
    fc.array(group, { minLength: 4, maxLength: 4 }),
  ])('is the same for all hosts of an IPv6 network and another for others', (network, one, two) => {
    expect(addressSubject([...network, ...one].join(':'))).toBe(addressSubject([...network, ...two].join(':')))
    const other = [...network.slice(0, 3), network[3] === '0' ? '1' : '0']
    expect(addressSubject([...other, ...one].join(':'))).not.toBe(addressSubject([...network, ...one].join(':')))
  })
})
