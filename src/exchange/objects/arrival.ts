import { hash } from 'node:crypto'
import type { App } from '#platform/app.ts'
import { deriveKey } from '#platform/crypto/derive.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { contentKeyText } from '#exchange/stix/content.ts'
import { toEpochMicroseconds } from '#exchange/stix/instant.ts'
import { isTlpMarking, markingsOf, strictest } from '#exchange/stix/tlp.ts'
import { kindOfObject } from '#exchange/stix/object-types.ts'

/** An object that passed the checks, and the exact bytes that came. */
export interface Incoming {
  readonly object: StixObject
  readonly bytes: Buffer
}

/** An object with what tells it from others: when it was changed, unless it is an observable, which has no versions, and what it says. */
export interface Arrival extends Incoming {
  readonly versioned: string | undefined
  readonly at: bigint | undefined
  /** Keyed digest of the bytes; of an observable, of what it says. */
  readonly content: Buffer
}

/** Bytes of a digest of contents: the first of SHA-256 over a key as long as the digest and the content; what is cut off cannot be extended. */
const CONTENT_BYTES = 16

const contentKeys = new WeakMap<Buffer, Buffer>()

/** `audience`: for whom the objects are at most; `unmarked`: what those without a label count as. */
export function readArrivals(
  { keys }: Pick<App, 'keys'>,
  incoming: readonly Incoming[],
  { audience, unmarked }: { readonly audience?: TlpLabel | undefined; readonly unmarked?: TlpLabel | undefined },
): Arrival[] {
  let key = contentKeys.get(keys.master)
  if (!key) contentKeys.set(keys.master, (key = deriveKey(keys, 'stix content')))
  return incoming.map(({ object, bytes }) => {
    const versioned = kindOfObject(object) === 'observable' ? undefined : (object.modified ?? object.created)
    const at = versioned === undefined ? undefined : toEpochMicroseconds(versioned)!
    // For another audience an observable is said anew; what has versions is so by the next of them.
    const says =
      versioned === undefined
        ? Buffer.from(`${contentKeyText(object, bytes)}${markingsOf(object).some(isTlpMarking) ? (audience ?? '') : strictestOf(unmarked, audience)}`)
        : bytes
    return { object, bytes, versioned, at, content: hash('sha256', Buffer.concat([key, says]), 'buffer').subarray(0, CONTENT_BYTES) }
  })
}

function strictestOf(one: TlpLabel | undefined, other: TlpLabel | undefined): TlpLabel | '' {
  return one === undefined ? (other ?? '') : strictest(one, other)
}
