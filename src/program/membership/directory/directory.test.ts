import { createPublicKey, verify } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LightMyRequestResponse } from 'fastify'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { system } from '#platform/auth/actor.ts'
import type { OwnListings, SignedStatement, StatementKeys } from '#program/membership/directory/contract.ts'
import { membershipRow } from '#program/membership/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedMember, seedPeople, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'
import { Visitor } from '#test/harness/visitor.ts'

type Own = z.output<typeof OwnListings>['items'][number]
const code = (answer: LightMyRequestResponse) => answer.json<{ code?: string }>().code
const HTML = { accept: 'text/html,*/*;q=0.8' }
const PAGES = ['', '/criteria', '/faq', '/members', '/members?sort=-name']
const ADDRESSES = ['/programme', '/programme/operator-a', '/programme/operator-b'].flatMap((base) =>
  PAGES.flatMap((page) => [base + page, (base + page).replace(/(\?|$)/, '.json$1')]),
)
const WISH = { name: 'Vendor A Security', link: 'https://vendor.example/', protects: 'Mail gateways', logo: null as string | null, agrees: true }

describe('what a programme shows in public', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  const as = (person: { session: { cookie: string } }) => new Visitor(test.server, { cookie: person.session.cookie })
  const open = (url: string) => test.server.inject({ url, headers: HTML })
  const admin = (member: SeededOrganisation = a.vendor) => as(member.people.admin)
  const officer = () => as(a.people['membership-officer'])
  const own = async (member?: SeededOrganisation) => (await admin(member).get('/api/listings/own')).json<{ items: Own[] }>().items[0]!
  /** Ids are in order only from one millisecond to the next, and this clock stands. */
  const propose = (wish: object = {}, member?: SeededOrganisation) => {
    test.clock.advance(10)
    return admin(member).put(`/api/listings/own/${a.id}`, { ...WISH, ...wish })
  }
  const names = async () => (await open('/programme/members.json')).json<{ members: { name: string }[] }>().members.map(({ name }) => name)
  const logo = (side = 8) => PNG.sync.write(Object.assign(new PNG({ width: side, height: side }), { data: Buffer.alloc(side * side * 4, 255) }))
  const upload = (bytes: Buffer, type = 'image/png') =>
    test.server.inject({
      method: 'POST',
      url: `/api/listings/own/${a.id}/logos`,
      headers: { ...a.vendor.people.admin.session, 'content-type': type },
      payload: bytes,
    })
  const setMembership = (member: SeededOrganisation, change: { state?: string; until?: Date | null; tier?: string }) =>
    test.app.db.transaction(system('test'), async (tx) => {
      const key = { organisation_id: member.id, operator_id: a.id }
      await tx.db.updateTable('membership').set(change).where('organisation_id', '=', member.id).where('operator_id', '=', a.id).execute()
      test.app.audit.record(tx, { action: 'membership.changed', subject: member.id, operator: a.id, binds: [membershipRow(key)] })
    })
  const slug = ({ name }: SeededOperator) => name.toLowerCase().replace(' ', '-')
  const nameAt = (url: string) => (url.includes(slug(b)) ? b.name : a.name)
  /** Body and headers of every public page, without what differs between any two answers. */
  async function everything(): Promise<string[]> {
    const answers = []
    for (const url of ADDRESSES) {
      const { statusCode, headers, rawPayload } = await open(url)
      const { 'x-request-id': _id, date: _date, ...kept } = headers
      answers.push(JSON.stringify([url, statusCode, kept, rawPayload.toString('base64')]))
    }
    return answers
  }
  async function featured(member: SeededOrganisation, wish: object = {}): Promise<void> {
    expect((await propose(wish, member)).statusCode).toBe(200)
    const { waiting } = await own(member)
    expect((await officer().post(`/api/listings/${waiting!.id}/approval`)).statusCode).toBe(200)
  }

  beforeAll(async () => {
    test = await testApp()
    // The first operator is the one that was made first; in one instant, the one of the smaller id.
    const [one, other] = await seedPeople(test.app)
    ;[a, b] = one.id < other.id ? [one, other] : [other, one]
  })
  afterAll(() => test.close())

  it('is pages and data at addresses beside each other, without script, kept for a minute and asked for again by tag', async () => {
    for (const url of ADDRESSES) {
      const answer = await open(url)
      expect([url, answer.statusCode]).toEqual([url, 200])
      expect(answer.headers['cache-control']).toBe('public, max-age=60')
      expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none';/)
      expect(answer.headers['content-security-policy']).not.toContain('script')
      expect(answer.body).not.toContain('<script')
      const again = await test.server.inject({ url, headers: { ...HTML, 'if-none-match': String(answer.headers.etag) } })
      expect(again.statusCode).toBe(304)
      if (url.includes('.json')) expect(answer.json<{ operator: string }>().operator).toBe(nameAt(url))
    }
    expect((await open('/programme')).body).toContain('14 calendar days before the release')
    expect((await open('/programme.json')).json<{ releases: { at: string }[] }>().releases[0]!.at).toBe('2026-12-08T18:00:00.000Z')
    const nobody = await open('/programme/nobody')
    expect([nobody.statusCode, nobody.body.includes('No such programme')]).toEqual([404, true])
    expect(code(await open('/programme/nobody.json'))).toBe('NOT_FOUND')
  })

  it('says in the words of the operator what an officer published, and nothing that a browser would carry out', async () => {
    const publish = (markdown: string, version: number) => officer().put('/api/public-texts/faq', { markdown, version })
    expect((await publish('## When?\n\nSoon <script>alert(1)</script> [x](javascript:alert(1))', 0)).statusCode).toBe(200)
    const { body } = await open('/programme/faq')
    expect(body).toContain('<h3>When?</h3>')
    expect(body).toContain('&lt;script&gt;')
    expect(body).not.toMatch(/<script|javascript:/)
    expect(code(await publish('Other', 0))).toBe('CONFLICT')
    expect((await publish('', 1)).statusCode).toBe(200)
    expect((await open('/programme/faq.json')).json()).toEqual({ operator: a.name, text: null })
    expect(code(await as(a.people.auditor).put('/api/public-texts/faq', { markdown: 'x', version: 2 }))).toBe('FORBIDDEN')
    expect((await as(b.people['membership-officer']).get('/api/public-texts')).json()).toMatchObject({
      items: [{ version: 0 }, { version: 0 }, { version: 0 }],
    })
  })

  it('shows a member only what it agreed to and an officer approved, and nothing once either ends', async () => {
    expect(code(await propose({ agrees: false }))).toBe('VALIDATION_FAILED')
    expect(code(await propose({ link: 'http://vendor.example/' }))).toBe('VALIDATION_FAILED')
    expect(code(await propose({ link: 'javascript:alert(1)' }))).toBe('VALIDATION_FAILED')
    expect(code(await as(a.vendor.people.analyst).put(`/api/listings/own/${a.id}`, WISH))).toBe('FORBIDDEN')
    expect(code(await admin().put(`/api/listings/own/${b.id}`, WISH))).toBe('NOT_FOUND')
    expect((await propose({ name: '<b>Vendor</b>' })).statusCode).toBe(200)
    const { waiting } = await own()
    expect(waiting).toMatchObject({ state: 'waiting', name: '<b>Vendor</b>' })
    expect(await names()).toEqual([])
    expect(code(await as(b.people['membership-officer']).post(`/api/listings/${waiting!.id}/approval`))).toBe('NOT_FOUND')
    expect((await officer().post(`/api/listings/${waiting!.id}/approval`)).json()).toMatchObject({ state: 'public' })
    expect((await open('/programme/members')).body).toContain('&lt;b&gt;Vendor&lt;/b&gt;')

    // A change waits while what was approved stays; refused, it stays too.
    await propose()
    expect(await names()).toEqual(['<b>Vendor</b>'])
    const second = (await own()).waiting!
    expect((await officer().post(`/api/listings/${second.id}/refusal`, { reason: 'Not this name' })).json()).toMatchObject({ state: 'refused' })
    expect((await own()).refused).toMatchObject({ decided: { reason: 'Not this name' } })
    expect(code(await officer().post(`/api/listings/${second.id}/approval`))).toBe('CONFLICT')
    await featured(a.vendor)
    expect(await names()).toEqual(['Vendor A Security'])
    await featured(a.responder, { name: 'Another' })
    expect(await names()).toEqual(['Another', 'Vendor A Security'])
    expect((await open('/programme/members.json?sort=-name')).json<{ members: { name: string }[] }>().members[0]!.name).toBe('Vendor A Security')
    expect((await open(`/programme/${slug(b)}/members.json`)).json()).toEqual({ operator: b.name, members: [] })

    for (const change of [{ state: 'suspended' }, { state: 'paused' }, { state: 'terminated' }, { until: test.clock.now() }]) {
      await setMembership(a.responder, change)
      expect(await names(), JSON.stringify(change)).toEqual(['Vendor A Security'])
      await setMembership(a.responder, { state: 'active', until: null })
      expect(await names()).toHaveLength(2)
    }
    expect((await admin(a.responder).delete(`/api/listings/own/${a.id}`)).statusCode).toBe(204)
    expect(await names()).toEqual(['Vendor A Security'])
    const { id } = (await own()).approved!
    expect((await officer().delete(`/api/listings/${id}`)).statusCode).toBe(204)
    expect(await names()).toEqual([])
    expect((await verifyLog(test.app, {})).faults).toEqual([])
    await test.database.superuser.query(`update listing set name = 'Altered' where id = $1`, [id])
    expect((await verifyLog(test.app, {})).faults).toContainEqual(expect.objectContaining({ table: 'listing', code: 'ROW_ALTERED' }))
    await test.database.superuser.query(`update listing set name = 'Vendor A Security' where id = $1`, [id])
  })

  it('serves a clean logo by its digest while its member is featured, and refuses what is none', async () => {
    expect(code(await upload(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')))).toBe('VALIDATION_FAILED')
    expect(code(await upload(Buffer.from('<svg/>'), 'image/svg+xml'))).toBe('UNSUPPORTED_MEDIA_TYPE')
    expect(code(await upload(Buffer.alloc(512 * 1024 + 1)))).toBe('PAYLOAD_TOO_LARGE')
    const added = await upload(logo())
    expect(added.statusCode).toBe(201)
    const { digest } = added.json<{ digest: string }>()
    const address = `/programme/logos/${digest}.png`
    expect(code(await propose({ logo: 'a'.repeat(64) }))).toBe('VALIDATION_FAILED')
    await propose({ logo: digest })
    const without = (answer: LightMyRequestResponse) => ({ ...answer.json<object>(), requestId: '' })
    const unknown = without(await open(`/programme/logos/${'0'.repeat(64)}.png`))
    expect(without(await open(address))).toEqual(unknown)
    expect(without(await open('/programme/logos/style.css'))).toEqual(unknown)
    const preview = `/api/listings/logos/${a.id}/${digest}`
    expect((await officer().get(preview)).headers['content-type']).toBe('image/png')
    expect((await admin().get(preview)).statusCode).toBe(200)
    expect(code(await admin(a.responder).get(preview))).toBe('NOT_FOUND')
    await officer().post(`/api/listings/${(await own()).waiting!.id}/approval`)
    const served = await open(address)
    expect([served.statusCode, served.headers['content-type'], served.headers['cache-control'], served.headers['x-content-type-options']]).toEqual([
      200,
      'image/png',
      'public, max-age=31536000, immutable',
      'nosniff',
    ])
    expect(PNG.sync.read(served.rawPayload)).toMatchObject({ width: 8, height: 8 })
    // Another upload does not take away what is shown, and one that nothing names goes with the next.
    const other = (await upload(logo(9))).json<{ digest: string }>().digest
    await upload(logo(10))
    expect((await open(address)).statusCode).toBe(200)
    expect(code(await admin().get(`/api/listings/logos/${a.id}/${other}`))).toBe('NOT_FOUND')
    await setMembership(a.vendor, { state: 'suspended' })
    expect(without(await open(address))).toEqual(unknown)
    await setMembership(a.vendor, { state: 'active' })
  })

  it('is the same byte for byte with and without a member that did not agree', async () => {
    const before = await everything()
    const hidden = await seedMember(test.app, a.id, 'H')
    await propose({ name: 'Waits' }, hidden)
    expect(await everything()).toEqual(before)
    await featured(hidden, { name: 'Was shown' })
    // The control: one that agreed is seen.
    expect(await everything()).not.toEqual(before)
    await admin(hidden).delete(`/api/listings/own/${a.id}`)
    await setMembership(hidden, { state: 'terminated' })
    expect(await everything()).toEqual(before)
  })

  describe('a statement of membership', () => {
    const statement = () => `/api/listings/own/${a.id}/statement`
    const body = async (url: string) => {
      const answer = await open(url)
      return [answer.statusCode, answer.headers['content-type'], answer.body.replace(/"requestId":"[^"]*"/, '')]
    }

    it('is there only for who switched it on, and says what holds, signed', async () => {
      expect((await own()).statement).toBeNull()
      expect((await admin().put(statement(), { showsTier: false })).statusCode).toBe(200)
      const { url, id } = (await own()).statement!
      expect(id).not.toBe(a.vendor.id)
      const path = new URL(url).pathname
      expect((await open(path)).body).toContain('Is a member')
      const answer = await open(`${path}.json`)
      expect(answer.headers['cache-control']).toBe('no-store')
      const signed = answer.json<z.output<typeof SignedStatement>>()
      const iat = Math.floor(test.clock.now().getTime() / 1000)
      expect(signed.statement).toEqual({
        iss: test.app.config.url.origin,
        sub: url,
        iat,
        exp: iat + 86_400,
        operator: a.name,
        member: a.vendor.name,
        kind: 'vendor',
        since: test.clock.now().toISOString().slice(0, 10),
      })
      // Checked with nothing of ours but the published key.
      const { keys } = (await open(new URL(signed.keys).pathname)).json<z.output<typeof StatementKeys>>()
      const [head = '', claims = '', signature = ''] = signed.jws.split('.')
      const parsed = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString()) as { kid?: string; alg?: string }
      expect(parsed(claims)).toEqual(signed.statement)
      const { alg, kid } = parsed(head)
      const key = keys.find((one) => one.kid === kid)!
      expect(alg).toBe('EdDSA')
      const { kty, crv, x } = key
      const publicKey = createPublicKey({ format: 'jwk', key: { kty, crv, x } })
      const bytes = (text: string) => Buffer.from(text, 'base64url')
      expect(verify(null, Buffer.from(`${head}.${claims}`), publicKey, bytes(signature))).toBe(true)
      const forged = Buffer.from(JSON.stringify({ ...signed.statement, member: 'Another' })).toString('base64url')
      expect(verify(null, Buffer.from(`${head}.${forged}`), publicKey, bytes(signature))).toBe(false)
      expect(verifiedByOpenssl(key.x, `${head}.${claims}`, bytes(signature))).toBe(true)
      expect(verifiedByOpenssl(key.x, `${head}.${forged}`, bytes(signature))).toBe(false)
    })

    it('shows the tier only where the member wants it, and keeps its address', async () => {
      const before = (await own()).statement!
      await admin().put(statement(), { showsTier: true })
      expect((await own()).statement).toEqual({ ...before, showsTier: true })
      expect((await open(`/membership/${before.id}.json`)).json()).toMatchObject({ statement: { tier: 'advance' } })
      await admin().put(statement(), { showsTier: false })
      expect((await open(`/membership/${before.id}`)).body).not.toMatch(/Tier|advance/)
    })

    it('is good for no longer than the membership', async () => {
      const { id } = (await own()).statement!
      const until = new Date(test.clock.now().getTime() + 3_600_000)
      await setMembership(a.vendor, { until })
      expect((await open(`/membership/${id}.json`)).json()).toMatchObject({ statement: { exp: Math.floor(until.getTime() / 1000) } })
      await setMembership(a.vendor, { until: null })
    })

    it('has a badge that other sites may show and that carries nothing out', async () => {
      const { id } = (await own()).statement!
      const badge = await open(`/membership/${id}/badge.svg`)
      expect([badge.headers['content-type'], badge.headers['cross-origin-resource-policy']]).toEqual(['image/svg+xml', 'cross-origin'])
      expect(badge.body).toContain(`Member of the programme of ${a.name}`)
      expect(badge.body).not.toMatch(/<script|href|on\w+=/)
    })

    it('ends with the membership, and then is answered like an id that never was', async () => {
      const { id } = (await own()).statement!
      for (const tail of ['', '.json', '/badge.svg']) {
        const unknown = await body(`/membership/0193b0c8-1111-4222-8333-444455556666${tail}`)
        expect(unknown[0]).toBe(404)
        expect(await body(`/membership/nonsense${tail}`)).toEqual(unknown)
        expect(await body(`/membership/${a.vendor.id}${tail}`)).toEqual(unknown)
        for (const change of [{ state: 'suspended' }, { state: 'terminated' }, { state: 'paused' }, { until: test.clock.now() }]) {
          await setMembership(a.vendor, change)
          expect(await body(`/membership/${id}${tail}`), JSON.stringify(change)).toEqual(unknown)
          await setMembership(a.vendor, { state: 'active', until: null })
          expect((await body(`/membership/${id}${tail}`))[0]).toBe(200)
        }
      }
      expect((await admin().delete(statement())).statusCode).toBe(204)
      expect((await open(`/membership/${id}`)).statusCode).toBe(404)
      await admin().put(statement(), { showsTier: false })
      expect((await own()).statement!.id).not.toBe(id)
      expect((await verifyLog(test.app, {})).faults).toEqual([])
    })
  })
})

/** What docs/membership-statement.md tells to do with openssl. */
function verifiedByOpenssl(x: string, signed: string, signature: Buffer): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'vedette-statement-'))
  try {
    writeFileSync(join(dir, 'key.der'), Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(x, 'base64url')]))
    writeFileSync(join(dir, 'signed'), signed)
    writeFileSync(join(dir, 'signature'), signature)
    const args = ['pkeyutl', '-verify', '-pubin', '-keyform', 'DER', '-inkey', 'key.der', '-rawin', '-in', 'signed', '-sigfile', 'signature']
    execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' })
    return true
  } catch {
    return false
  } finally {
    rmSync(dir, { recursive: true })
  }
}
