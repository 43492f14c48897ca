import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ApiToken, Session } from '#platform/auth/contract.ts'
import { pageOf } from '#platform/http/page.ts'
import { wire } from './wire.ts'

const instant = z.date().transform((date) => date.toISOString())
const Thing = pageOf(z.object({ id: z.string(), at: instant, ended: instant.nullable(), note: z.string().optional(), inner: z.object({ at: instant }) }))
const moment = fc.date({ noInvalidDate: true, min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z') })

describe('the wire form of a contract', () => {
  test.prop([
    fc.array(
      fc.record(
        { id: fc.string(), at: moment, ended: fc.option(moment), note: fc.string(), inner: fc.record({ at: moment }) },
        { requiredKeys: ['id', 'at', 'ended', 'inner'] },
      ),
    ),
  ])('accepts, unchanged, whatever the server sends through the same contract', (items) => {
    const sent = Thing.parse({ items, next: null })
    expect(wire(Thing).parse(JSON.parse(JSON.stringify(sent)))).toEqual(sent)
  })

  it('checks each form of a choice', () => {
    const Choice = z.discriminatedUnion('state', [z.object({ state: z.literal('done'), at: instant }), z.object({ state: z.literal('waits'), until: instant })])
    const sent = Choice.parse({ state: 'waits', until: new Date(0) })
    expect(wire(Choice).parse(JSON.parse(JSON.stringify(sent)))).toEqual(sent)
    expect(wire(Choice).safeParse({ state: 'done', until: '1970-01-01T00:00:00.000Z' }).success).toBe(false)
    expect(wire(Choice).safeParse({ state: 'waits', until: 'soon' }).success).toBe(false)
  })

  it('refuses what the contract does not allow', () => {
    const token = {
      id: '1',
      name: 'a',
      prefix: 'b',
      scopes: ['log:read'],
      createdAt: '2026-11-22T12:00:00.000Z',
      expiresAt: '2026-11-22T12:00:00.000Z',
      lastUsedAt: null,
    }
    expect(wire(ApiToken).safeParse(token).success).toBe(true)
    for (const wrong of [{ createdAt: 'yesterday' }, { scopes: ['everything'] }, { lastUsedAt: undefined }, { name: 7 }]) {
      expect(wire(ApiToken).safeParse({ ...token, ...wrong }).success).toBe(false)
    }
  })

  it('drops fields that the contract does not name', () => {
    const clock = { now: '2026-11-22T12:00:00.000Z', disagreement: null, secret: 'x' }
    expect(wire(Session.shape.clock).parse(clock)).toEqual({ now: clock.now, disagreement: null })
  })
})
