import { hash } from 'node:crypto'
import { deriveKey } from '#platform/crypto/derive.ts'
import type { Keys } from '#platform/crypto/keys.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { marksOf } from '#exchange/search/networks.ts'
import { valuesOf } from '#exchange/search/values-of.ts'
import type { Value } from '#exchange/search/value.ts'

/** 16 bytes as hexadecimal digits: what a database holds in place of a value or a word. */
export type KeyHex = string

export type Master = Pick<Keys, 'master'>

const DIGITS = 32
const derived = new WeakMap<Buffer, string>()

/**
 * What a value is found by: a keyed digest, so that the database holds no value itself (first 16 bytes of SHA-256 over a derived key, the
 * kind and the normal form; the key is as long as the digest, and what is cut off cannot be extended).
 */
export function valueKey(keys: Master, { kind, text }: Value): KeyHex {
  return digest(keys, `${kind}:${text}`)
}

/** The keys of everything that an object names, for `object_value`, and of where its networks lie. About a microsecond for each value. */
export function valueKeysOf(keys: Master, object: StixObject): KeyHex[] {
  const values = valuesOf(object)
  const found = values.map((value) => valueKey(keys, value))
  const marks = values.flatMap((value) => (value.kind === 'network' ? marksOf(value) : []))
  return marks.length === 0 ? found : [...found, ...new Set(marks.map((mark) => networkKey(keys, mark)))]
}

/** The key of what is noted about networks, beside the networks themselves. */
export function networkKey(keys: Master, mark: string): KeyHex {
  return digest(keys, `networks ${mark}`)
}

/** The key of a word, a label or the id that a reference names, for `object_word`. */
export function wordKey(keys: Master, kind: 'word' | 'label' | 'ref', text: string): KeyHex {
  return digest(keys, `${kind} ${text}`)
}

function digest(keys: Master, text: string): KeyHex {
  let key = derived.get(keys.master)
  if (key === undefined) derived.set(keys.master, (key = deriveKey(keys, 'value of an object').toString('base64')))
  return hash('sha256', key + text, 'hex').slice(0, DIGITS)
}
