import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { ANONYMOUS, type Actor } from '#platform/auth/actor.ts'
import { attempt, type Try } from '#platform/auth/attempts.ts'
import { addressSubject, type Client } from '#platform/auth/client.ts'
import type { UseLink } from '#platform/auth/contract.ts'
import { createFirstOperator } from '#platform/auth/create-first-operator.ts'
import { endCredentials } from '#platform/auth/end-credentials.ts'
import { findLink, linkRow, spendLink, type UsableLink } from '#platform/auth/link-store.ts'
import { holdAccount } from '#platform/auth/people-store.ts'
import { hashSecret } from '#platform/auth/secret.ts'
import { accountsOf, startSession, type StartedSession } from '#platform/auth/start-session.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { notify } from '#platform/notices/notify.ts'

/**
 * Uses a one-time link up and begins the session it is for. An invitation or a recovery gives a session that may
 * enrol a passkey and nothing else, and first ends everything the account had. `before`: as in `startSession`. Throws SIGN_IN_FAILED for a link
 * that is unknown, used, voided or expired, and VALIDATION_FAILED when the first operator is not named; then the link stays.
 */
export async function useLink(app: App, input: z.output<typeof UseLink>, client: Client, before: Actor = ANONYMOUS): Promise<StartedSession> {
  return attempt(app, [addressSubject(client.address)], async (tx): Promise<Try<StartedSession>> => {
    const link = await usableLink(app, tx, input.token)
    if (!link) return { ok: false }
    const binds: Binding[] = [linkRow({ id: link.id })]
    const person = link.person_id ?? (await createFirstOperator(app, tx, input.firstOperator))
    await holdAccount(tx, ...accountsOf(person, before))
    if (!(await spendLink(tx, link.id, app.clock.now()))) return { ok: false }
    // An invitation begins an account: whatever got there before it was not its person's.
    if (link.purpose === 'recovery' || link.purpose === 'invitation') binds.push(...(await endCredentials(tx, person, app.clock.now())))
    if (link.purpose === 'recovery') await notify(app, tx, person, 'recovery.approved')
    const method = link.purpose === 'demonstration' ? 'demonstration' : 'link'
    // One expiry for every way to take an invitation or a recovery up: the session that may enrol ends with the link, too.
    const until = method === 'link' ? { until: link.expires_at } : {}
    return { ok: true, value: await startSession(app, tx, { person, method, client, before, binds, ...until }) }
  })
}

/** A link that can be used here and now: one for a demonstration only in the demonstration. */
export async function usableLink(app: App, tx: Tx, token: string): Promise<UsableLink | undefined> {
  const link = await findLink(tx, hashSecret(token), app.clock.now())
  return link?.purpose === 'demonstration' && app.config.edition !== 'demo' ? undefined : link
}
