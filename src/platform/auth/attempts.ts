import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { countAttempts, insertAttempts, lockSubject, ownerOfPrefix } from '#platform/auth/attempt-store.ts'
import { tokenPrefix } from '#platform/auth/secret.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { RateLimited } from '#platform/http/rate-limit.ts'

/** Failed tries that a subject has within the window; the next one is refused whatever it holds (promise 19). */
export const FAILED_TRIES = 10
export const FAILED_TRIES_MINUTES = 15

/** What a try ended with: a value, or a failure that is counted. */
export type Try<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly subjects?: readonly string[] }

/**
 * One try to sign in, counted under `subjects` (`address:…`, `person:…`) together with the subjects that a failure
 * names. Of tries for one subject at the same moment one runs and the others are refused with RATE_LIMITED, not executed
 * and not counted, so a burst of them is counted exactly. What a failed try wrote is kept: a spent ceremony stays spent.
 * Throws SIGN_IN_FAILED for every failure alike, also when the tries are used up.
 */
export async function attempt<T>(app: App, subjects: readonly string[], work: (tx: Tx) => Promise<Try<T>>): Promise<T> {
  const result = await app.db.transaction(system('sign-in'), async (tx): Promise<Try<T>> => {
    for (const subject of subjects) if (!(await hasTriesLeft(tx, subject))) return { ok: false }
    const tried = await work(tx)
    if (!tried.ok) await insertAttempts(tx, [...subjects, ...(tried.subjects ?? [])])
    return tried
  })
  if (result.ok) return result.value
  throw new Problem('SIGN_IN_FAILED')
}

/** Whether a subject may try once more. From here to the end of the transaction nobody else tries for it. Throws RATE_LIMITED while somebody does. */
export async function hasTriesLeft(tx: Tx, subject: string): Promise<boolean> {
  if (!(await lockSubject(tx, subject))) throw new RateLimited(1)
  return (await countAttempts(tx, subject, FAILED_TRIES_MINUTES)) < FAILED_TRIES
}

/**
 * Counts a token that was guessed: under the account whose live token begins alike, otherwise under the prefix. It is
 * not counted under the address: a script with a mistyped token must not keep everyone behind its gateway from signing in.
 * The guess has been looked up already, so each is counted, without waiting for others: at worst a few too many.
 */
export async function countGuessedToken(app: App, text: string): Promise<void> {
  const prefix = tokenPrefix(text)
  if (prefix === undefined) return
  await app.db.transaction(system('sign-in'), async (tx) => {
    const owner = await ownerOfPrefix(tx, prefix, app.clock.now())
    const subject = owner === undefined ? `token:${prefix}` : personSubject(owner)
    if ((await countAttempts(tx, subject, FAILED_TRIES_MINUTES)) < FAILED_TRIES) await insertAttempts(tx, [subject])
  })
}

export function personSubject(person: string): string {
  return `person:${person}`
}
