const MINUTE_MS = 60_000
const LONGEST_WAIT_MS = 60 * MINUTE_MS
const MOST_ATTEMPTS = 12

/** An attempt of which nothing was heard for this long has ended with the process that made it. */
export const SENDING_LIMIT_MS = 10 * MINUTE_MS

/** What a mail server, or the way to it, said to an attempt. */
export interface Refusal {
  /** A short word for the outbox: never what the server wrote, which may quote the message. */
  readonly failure: string
  /** Nothing would come of another attempt. */
  readonly final: boolean
  /** The address itself takes no mail. */
  readonly bounced: boolean
}

/** When to try again after this many attempts, in milliseconds; undefined after the last, about six hours after the first. */
export function waitAfter(attempts: number): number | undefined {
  return attempts >= MOST_ATTEMPTS ? undefined : Math.min(MINUTE_MS * 2 ** (attempts - 1), LONGEST_WAIT_MS)
}

/** Sorts what nodemailer threw: 5xx answers to the message are final, and to its recipient a bounce (RFC 5321, 4.2.1); all else may pass. */
export function refusalOf(error: unknown): Refusal {
  const { code, command, responseCode } = error as { code?: unknown; command?: unknown; responseCode?: unknown }
  if (typeof responseCode === 'number' && responseCode >= 400 && responseCode <= 599) {
    const step = typeof command === 'string' ? command : ''
    const final = responseCode >= 500 && /^(MAIL FROM|RCPT TO|DATA)$/.test(step)
    return { failure: `smtp-${responseCode}`, final, bounced: final && step === 'RCPT TO' }
  }
  return { failure: typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code.toLowerCase() : 'not-sent', final: false, bounced: false }
}
