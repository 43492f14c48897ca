import { createHmac } from 'node:crypto'
import type { App } from '#platform/app.ts'
import { deriveKey } from '#platform/crypto/derive.ts'

const TAG_BYTES = 16

/** A product's name as the database may hold it: found again by who knows the name and the key, and by nobody else. */
export function productTagger(app: Pick<App, 'keys'>): (name: string) => Buffer {
  const key = deriveKey(app.keys, 'package product')
  return (name) => createHmac('sha256', key).update(name).digest().subarray(0, TAG_BYTES)
}
