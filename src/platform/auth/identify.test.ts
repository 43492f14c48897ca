import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { createIdentify } from '#platform/auth/identify.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'
import type { FastifyRequest } from 'fastify'

const HOUR_MS = 3_600_000

describe('identifying a request', () => {
  let test: TestApp
  let a: SeededOperator

  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
  })
  afterAll(() => test.close())

  const who = (headers: Record<string, string>) => createIdentify(test.app)({ headers, ip: '192.0.2.9', raw: {} } as unknown as FastifyRequest)
  const secretOf = (person: { token: { authorization: string } }) => person.token.authorization.slice('Bearer '.length)

  it('knows a person by session', async () => {
    expect(await who(a.people.author.session)).toEqual(a.people.author.actor)
    expect(await who(a.vendor.people.reader.session)).toEqual(a.vendor.people.reader.actor)
  })

  it('knows a person by token, as Bearer and as the password of Basic', async () => {
    const secret = secretOf(a.people.auditor)
    const basic = `Basic ${Buffer.from(`anybody:${secret}`).toString('base64')}`
    for (const authorization of [`Bearer ${secret}`, `bearer ${secret}`, basic]) {
      expect(await who({ authorization })).toMatchObject({ kind: 'operator', person: a.people.auditor.id, credential: { kind: 'token' } })
    }
  })

  it('does not fall back to the session when the token is refused', async () => {
    expect(await who({ ...a.people.author.session, authorization: 'Bearer nothing' })).toEqual({ kind: 'anonymous' })
  })

  it.each(['', 'Bearer', 'Bearer ', 'Basic !!!', `Basic ${Buffer.from('nocolon').toString('base64')}`, 'Digest abc', 'Bearer a b'])(
    'knows nobody by the header %j',
    async (authorization) => {
      expect(await who({ authorization })).toEqual({ kind: 'anonymous' })
    },
  )

  it('knows nobody by a cookie of another name, or a session secret as token', async () => {
    const value = a.people.author.session.cookie.split('=')[1]!
    expect(await who({ cookie: `__Host-vedette=${value}` })).toEqual({ kind: 'anonymous' })
    expect(await who({ authorization: `Bearer ${value}` })).toEqual({ kind: 'anonymous' })
    expect(await who({ cookie: `vedette=${secretOf(a.people.author)}` })).toEqual({ kind: 'anonymous' })
  })

  it('ends for a contact the moment no membership of the organisation is active, and returns with it', async () => {
    const contact = a.responder.people.analyst
    const set = (state: string) =>
      test.app.db.transaction(system('test'), (tx) => tx.db.updateTable('membership').set({ state }).where('organisation_id', '=', a.responder.id).execute())
    await set('suspended')
    expect(await who(contact.session)).toEqual({ kind: 'anonymous' })
    expect(await who(contact.token)).toEqual({ kind: 'anonymous' })
    await set('active')
    expect(await who(contact.session)).toEqual(contact.actor)
  })

  it('gives no rights for a role of the other side', async () => {
    await test.database.superuser.query(`insert into role_grant values ($1, 'contact:admin', now())`, [a.people.tracer.id])
    expect(await who(a.people.tracer.session)).toEqual(a.people.tracer.actor)
  })

  it('notes the last use at most once a minute', async () => {
    const seen = async () =>
      (await test.database.superuser.query(`select last_seen_at from session where id = $1`, [sessionOf(a.people.analyst)])).rows[0].last_seen_at
    const first = await seen()
    test.clock.advance(59_000)
    await who(a.people.analyst.session)
    expect(await seen()).toEqual(first)
    test.clock.advance(1_000)
    await who(a.people.analyst.session)
    expect(await seen()).toEqual(test.clock.now())
  })

  it('ends a session after two hours without a request, and after twelve hours with', async () => {
    const { session, actor } = a.people.publisher
    const begun = test.clock.now()
    for (let hour = 1; hour < 12; hour++) {
      test.clock.advance(HOUR_MS)
      expect(await who(session)).toEqual(actor)
    }
    expect(await who(a.people.reviewer.session)).toEqual({ kind: 'anonymous' })
    test.clock.set(new Date(begun.getTime() + 12 * HOUR_MS))
    expect(await who(session)).toEqual({ kind: 'anonymous' })
  })

  it('ends a token when it expires', async () => {
    expect(await who(a.people.author.token)).toMatchObject({ kind: 'operator' })
    test.clock.advance(366 * 24 * HOUR_MS)
    expect(await who(a.people.author.token)).toEqual({ kind: 'anonymous' })
  })
})

const sessionOf = (person: SeededOperator['people']['author']) => person.actor.credential.id
