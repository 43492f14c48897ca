import { Problem } from '#platform/errors.ts'
import { RefusedAddress } from '#platform/http/guarded-fetch.ts'

/**
 * Why a remote server could not be used, each with its words for people. Nothing that the server wrote is repeated, which might
 * be what it was sent.
 */
export const FAILURES = {
  'not-accepted': 'The server does not accept the credentials (401)',
  forbidden: 'The server does not allow this with these credentials (403)',
  'not-found': 'The server does not know the collection, or does not show it to these credentials (404)',
  busy: 'The server asks to come back later',
  unavailable: 'The server answers that it is out of order',
  'refused-request': 'The server refuses the request',
  'not-taxii': 'What was answered is not TAXII 2.1',
  'too-long': 'The answer was too long',
  'too-slow': 'The server took too long',
  unreachable: 'The server cannot be reached',
  'not-trusted': 'The certificate of the server is not trusted',
  'own-certificate': 'The client certificate or its key cannot be used',
  'address-refused': 'The address is one that is not connected to',
  redirected: 'The server redirects too often, or to where credentials are not sent',
  'next-lost': 'The server forgets its own pages again and again',
  broken: 'The work on it ended unexpectedly; the log of the server says why',
} as const

export type FailureKind = keyof typeof FAILURES

interface FailureOptions {
  readonly status?: number | undefined
  /** How long the server asks to be left alone, in milliseconds. */
  readonly waitMs?: number | undefined
  readonly cause?: unknown
}

/** A remote server could not be used. */
export class RemoteFailure extends Error {
  override name = 'RemoteFailure'
  readonly kind: FailureKind
  readonly status: number | undefined
  readonly waitMs: number | undefined

  constructor(kind: FailureKind, { status, waitMs, cause }: FailureOptions = {}) {
    super(FAILURES[kind], { cause })
    this.kind = kind
    this.status = status
    this.waitMs = waitMs
  }
}

/** Failures that time alone does not mend: people are told at once. */
export const NEEDS_PEOPLE: readonly FailureKind[] = ['not-accepted', 'forbidden', 'not-found', 'own-certificate', 'address-refused', 'redirected']

/** What the status of an answer means; undefined for success. */
export function failureOfStatus(status: number, waitMs: number | undefined): RemoteFailure | undefined {
  if (status >= 200 && status <= 299) return undefined
  return new RemoteFailure(kindOfStatus(status), { status, waitMs })
}

function kindOfStatus(status: number): FailureKind {
  if (status === 401) return 'not-accepted'
  if (status === 403) return 'forbidden'
  if (status === 404 || status === 410) return 'not-found'
  if (status === 429 || status === 503) return 'busy'
  if (status >= 500) return 'unavailable'
  return status >= 300 && status <= 399 ? 'redirected' : 'refused-request'
}

/** What a refusal of the strict parser means, of bytes that a server sent; anything else is thrown on. */
export function asNotTaxii(error: unknown): RemoteFailure {
  if (!(error instanceof Problem)) throw error
  return new RemoteFailure(error.code === 'PAYLOAD_TOO_LARGE' ? 'too-long' : 'not-taxii', { cause: error })
}

/** What an error of the network or of TLS means; anything else is thrown on. */
export function asRemoteFailure(error: unknown): RemoteFailure {
  if (error instanceof RemoteFailure) return error
  if (error instanceof RefusedAddress) return new RemoteFailure('address-refused', { cause: error })
  const { code = '', name = '' } = error as { code?: unknown; name?: string }
  if (name === 'TimeoutError') return new RemoteFailure('too-slow', { cause: error })
  if (typeof code !== 'string' || code === '') throw error
  if (code.startsWith('HPE_')) return new RemoteFailure('not-taxii', { cause: error })
  if (OWN_TLS.test(code)) return new RemoteFailure('own-certificate', { cause: error })
  if (PEER_TLS.test(code)) return new RemoteFailure('not-trusted', { cause: error })
  if (NETWORK.test(code)) return new RemoteFailure('unreachable', { cause: error })
  throw error
}

/** What loading a certificate or key says (OpenSSL's libraries for PEM, X.509 and keys). */
const OWN_TLS = /^ERR_OSSL_(PEM|X509|EVP|ASN1|UNSUPPORTED|BAD_DECRYPT)|^ERR_OSSL_.*(KEY|DECODER)|^ERR_CRYPTO|^ERR_TLS_INVALID/
const PEER_TLS = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME|^ERR_SSL|^ERR_TLS|^EPROTO/
const NETWORK = /^E[A-Z]+$|^EAI_|^UND_ERR|^ERR_STREAM_PREMATURE_CLOSE/

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * When to try again after so many failures in a row, in milliseconds: doubled each time, never more often than the interval once
 * people are needed, and spread at random (`share`, from 0 to 1) so that many do not come back together. What the server asks for
 * is kept, up to a day.
 */
export function waitAfter(failure: RemoteFailure, failures: number, share: number): number {
  const first = NEEDS_PEOPLE.includes(failure.kind) ? HOUR_MS : MINUTE_MS / 2
  const doubled = Math.min(first * 2 ** Math.min(failures - 1, 20), DAY_MS)
  const spread = doubled * (0.75 + share / 2)
  return Math.min(Math.max(spread, failure.waitMs ?? 0), DAY_MS * 1.25)
}

/** `Retry-After` in milliseconds: seconds, or an instant (RFC 9110, section 10.2.3); at most a day. */
export function readRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), DAY_MS)
}
