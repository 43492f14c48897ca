import { describe, expect, it } from 'vitest'
import { createWebhookSecret, signMessage, verifyMessage } from '#platform/webhooks/standard-webhook.ts'

const at = new Date('2026-12-03T18:00:00.000Z')
const message = { id: '0198f0f0-0000-7000-8000-000000000000', type: 'window.opened', at }

describe('a delivery in the form of Standard Webhooks', () => {
  it('holds type, id and instant, and no more', () => {
    const { body, headers } = signMessage(message, [createWebhookSecret()], new Date(at.getTime() + 5000))
    expect(JSON.parse(body)).toEqual({ type: message.type, id: message.id, timestamp: at.toISOString() })
    expect(headers).toMatchObject({ 'webhook-id': message.id, 'webhook-timestamp': '1796320805', 'content-type': 'application/json' })
  })

  it('has the signature that another program computes', () => {
    // HMAC-SHA256 with a fixed secret, computed once with openssl.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const { headers } = signMessage({ ...message, id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' }, [secret], new Date(1_614_265_330_000))
    expect(headers['webhook-signature']).toBe('v1,LMZburEjL8zrs94VbdzbYVPSh/4B7JcAXsvv2nXPTtI=')
  })

  it('is taken by who holds one of the secrets, and by nobody else, changed or late', () => {
    const [present, previous, other] = [createWebhookSecret(), createWebhookSecret(), createWebhookSecret()]
    const signed = signMessage(message, [present, previous], at)
    const takes = (secret: string, change: Partial<typeof signed> = {}, now = at) => verifyMessage(secret, { ...signed, ...change }, now)
    expect([takes(present), takes(previous), takes(other)]).toEqual([true, true, false])
    expect(takes(present, { body: signed.body.replace('opened', 'closed') })).toBe(false)
    expect(takes(present, { headers: { ...signed.headers, 'webhook-id': 'other' } })).toBe(false)
    expect(takes(present, { headers: { ...signed.headers, 'webhook-timestamp': '1' } })).toBe(false)
    expect(takes(present, {}, new Date(at.getTime() + 301_000))).toBe(false)
  })
})
