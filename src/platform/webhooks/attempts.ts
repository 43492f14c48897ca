import { RefusedAddress } from '#platform/http/guarded-fetch.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Between attempts, as Standard Webhooks recommends: the last comes a little more than three days after the first. */
const WAITS_MS = [5_000, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 14 * HOUR_MS, 20 * HOUR_MS, 24 * HOUR_MS]

/** After so long without one delivery taken, an endpoint is switched off. */
export const FAILING_LIMIT_MS = 72 * HOUR_MS

/** An attempt of which nothing was heard for this long has ended with the process that made it. */
export const DELIVERING_LIMIT_MS = 2 * MINUTE_MS

/** When to try again after this many attempts, in milliseconds; undefined after the last. */
export function waitAfter(attempts: number): number | undefined {
  return WAITS_MS[attempts - 1]
}

/** What came of an attempt. */
export interface Outcome {
  readonly taken: boolean
  /** What the address answered; null for no answer. */
  readonly status: number | null
  /** A short word for the log of deliveries: never what the address wrote. */
  readonly failure: string | null
  /** The address says that it is gone for good. */
  readonly gone: boolean
}

export function outcomeOf(status: number): Outcome {
  const taken = status >= 200 && status <= 299
  return { taken, status, failure: taken ? null : `http-${status}`, gone: status === 410 }
}

/** Nothing here tells apart what lies at an address that is not fetched from. */
export function failureOf(error: unknown): Outcome {
  const { code, name } = error as { code?: unknown; name?: unknown }
  const failure =
    error instanceof RefusedAddress
      ? 'address-refused'
      : name === 'TimeoutError' || name === 'AbortError'
        ? 'timeout'
        : typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)
          ? code.toLowerCase().replaceAll('_', '-')
          : 'not-sent'
  return { taken: false, status: null, failure, gone: false }
}
