import type { TlpLabel } from '#program/packages/contract.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { toMicroseconds } from '#exchange/stix/instant.ts'
import { tlpOf } from '#exchange/stix/tlp.ts'

/** What lists are narrowed by and the stored version does not tell without its bytes. Instants are milliseconds since 1970: those of STIX reach farther than microseconds can be counted exactly. */
export interface Facts {
  /** The marking that the object itself carries, which what is kept may be narrower than. */
  readonly marked: TlpLabel
  readonly created_at: number | null
  readonly valid_from: number | null
  readonly valid_until: number | null
  readonly confidence: number | null
}

export function factsOf(object: StixObject, kept: TlpLabel): Facts {
  const { confidence } = object
  return {
    marked: markedAs(object, kept),
    created_at: instantOf(object.created),
    valid_from: instantOf(object['valid_from']),
    valid_until: instantOf(object['valid_until']),
    confidence: typeof confidence === 'number' && confidence >= 0 && confidence <= 100 ? Math.round(confidence) : null,
  }
}

/**
 * The marking that the object itself carries, which is all that members are told. What is kept more narrowly than that is kept so
 * because of others who handed in the same bytes, and its contributor must not learn of them. What is kept more openly than the
 * community's label carries none, and came from where such things count as that.
 */
export function markedAs(object: StixObject, kept: TlpLabel): TlpLabel {
  // Whatever is shown as wider than RED names no marking that could not be honoured.
  return tlpOf(object, () => kept !== 'RED', kept === 'CLEAR' || kept === 'GREEN' ? kept : 'AMBER')
}

/** Milliseconds since 1970 of a timestamp of STIX; null for what is none. */
export function instantOf(value: unknown): number | null {
  const text = typeof value === 'string' && value.length <= 60 ? toMicroseconds(value) : undefined
  return text === undefined ? null : Date.parse(text)
}

/** What a relationship says, by the types of its ends: many of an object's are of one kind. */
function relationOf({ relationship_type: kind, source_ref: from, target_ref: to }: StixObject): string | undefined {
  if (typeof kind !== 'string') return undefined
  return [typeOf(from), kind, typeOf(to)].filter(Boolean).join(' ')
}

function typeOf(id: unknown): string | undefined {
  return typeof id === 'string' ? id.split('--')[0] : undefined
}

/** What a list calls an object: its name, or what else tells people which it is. */
export function titleOf(object: StixObject): string | null {
  const { name, value, key, path, subject, pattern, abstract, opinion, product, account_login: login, user_id: user, number } = object
  const found = [name, value, key, path, subject, login, user, pattern, abstract, opinion, relationOf(object), product].find(
    (text) => typeof text === 'string' && text !== '',
  )
  if (typeof found === 'string') return found.length > 300 ? `${found.slice(0, 300)}…` : found
  if (typeof number === 'number') return `AS${number}`
  const { hashes } = object
  const hash = typeof hashes === 'object' && hashes !== null ? Object.values(hashes)[0] : undefined
  return typeof hash === 'string' ? hash.slice(0, 300) : null
}
