import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { deriveKey } from '#platform/crypto/derive.ts'

const MAC_BYTES = 16

/**
 * A position in one list as text for the client: the values the list sorts by, of the last row of a
 * page. Signed, so that only what this list gave out is accepted, and opaque, so that nobody builds
 * on it; not encrypted, so it holds only what the page showed.
 */
export function sealCursor(app: Pick<App, 'keys'>, list: string, values: unknown): string {
  const body = Buffer.from(JSON.stringify(values))
  return Buffer.concat([macOf(app, list, body), body]).toString('base64url')
}

/** The values that sealCursor was given, for the list's own schema to parse. Throws BAD_CURSOR for what this list of this instance did not give out. */
export function openCursor(app: Pick<App, 'keys'>, list: string, text: string): unknown {
  const bytes = Buffer.from(text, 'base64url')
  const body = bytes.subarray(MAC_BYTES)
  const exact = bytes.toString('base64url') === text && bytes.length > MAC_BYTES
  if (!exact || !timingSafeEqual(bytes.subarray(0, MAC_BYTES), macOf(app, list, body))) throw new Problem('BAD_CURSOR')
  return JSON.parse(body.toString())
}

const cursorKeys = new WeakMap<Buffer, KeyObject>()

function cursorKey({ keys }: Pick<App, 'keys'>): KeyObject {
  let key = cursorKeys.get(keys.master)
  if (!key) cursorKeys.set(keys.master, (key = createSecretKey(deriveKey(keys, 'cursor'))))
  return key
}

function macOf(app: Pick<App, 'keys'>, list: string, body: Buffer): Buffer {
  return createHmac('sha256', cursorKey(app))
    .update(`${Buffer.byteLength(list)}:${list}`)
    .update(body)
    .digest()
    .subarray(0, MAC_BYTES)
}
