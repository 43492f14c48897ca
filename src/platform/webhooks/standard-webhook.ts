import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a receiver is told: that something of this type happened, and when. Nothing about what. */
export interface Message {
  /** The same for every attempt: by it a receiver recognises a repetition. */
  readonly id: string
  readonly type: string
  readonly at: Date
}

export interface SignedMessage {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

const SECRET_BYTES = 32
const PREFIX = 'whsec_'

/** A new secret in the form of Standard Webhooks. */
export function createWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/**
 * A message as Standard Webhooks 1.0 sends it: `webhook-id`, `webhook-timestamp` in seconds of the attempt, and
 * `webhook-signature` with one `v1` signature (HMAC-SHA256) for each secret, the present one first.
 */
export function signMessage({ id, type, at }: Message, secrets: readonly string[], now: Date): SignedMessage {
  const body = JSON.stringify({ type, id, timestamp: at.toISOString() })
  const seconds = String(Math.floor(now.getTime() / 1000))
  const signatures = secrets.map((secret) => `v1,${macOf(secret, `${id}.${seconds}.${body}`).toString('base64')}`)
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'Vedette-Webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': signatures.join(' '),
    },
  }
}

/** What a receiver does: whether a message of these headers is signed by the secret and at most five minutes old. */
export function verifyMessage(secret: string, { body, headers }: SignedMessage, now: Date): boolean {
  const { 'webhook-id': id = '', 'webhook-timestamp': seconds = '', 'webhook-signature': signatures = '' } = headers
  if (!/^\d{1,12}$/.test(seconds) || Math.abs(now.getTime() / 1000 - Number(seconds)) > 300) return false
  const expected = macOf(secret, `${id}.${seconds}.${body}`)
  return signatures.split(' ').some((signature) => {
    if (!signature.startsWith('v1,')) return false
    const given = Buffer.from(signature.slice(3), 'base64')
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

function macOf(secret: string, text: string): Buffer {
  return createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .update(text)
    .digest()
}
