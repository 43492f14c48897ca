import type { App } from '#platform/app.ts'
import { ANONYMOUS, type Actor } from '#platform/auth/actor.ts'
import { setReached } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { createSecret } from '#platform/auth/secret.ts'
import { MOST_SESSIONS, SESSION_LIFE, type SessionMethod } from '#platform/auth/session.ts'
import { insertSession, revokeOldestSessions, revokeSession, sessionRow, type NewSession } from '#platform/auth/session-store.ts'
import { noteTwoOfficers } from '#platform/auth/two-officers.ts'
import type { Client } from '#platform/auth/client.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, PersonId } from '#platform/ids.ts'

/** Whoever the browser was signed in as until now. */
export interface EarlierSession {
  readonly person: PersonId
  readonly credential: { readonly kind: 'session'; readonly id: string }
}

/** A session that has just begun; `secret` goes into the browser's cookie and is stored nowhere. */
export interface StartedSession {
  readonly id: Id<'session'>
  readonly secret: string
  /** Until when the cookie is kept. */
  readonly seconds: number
}

/**
 * Begins a session for a person whose identity the caller has established in the same transaction. Every way to sign
 * in ends here; `binds` are the rows that proved who they are, `before` is whoever the browser was signed in as until
 * now: that session ends in the same transaction, if nothing ended it already. So do the oldest beyond 50 live ones.
 * `until`: what the session rests on ends then, and the session with it. The caller holds the accounts of both (`accountsOf`).
 */
export async function startSession(
  app: App,
  tx: Tx,
  who: {
    readonly person: PersonId
    readonly method: SessionMethod
    readonly client: Client
    readonly before?: Actor | EarlierSession
    readonly binds?: readonly Binding[]
    readonly via?: NewSession['via']
    readonly until?: Date
  },
): Promise<StartedSession> {
  const { person, method, client, before = ANONYMOUS, binds = [], via } = who
  const at = app.clock.now()
  await endBefore(app, tx, before, at)
  await endOldest(app, tx, person, at)
  const { text: secret, hash } = createSecret('session')
  const life = Math.min(SESSION_LIFE[method].absoluteMs, who.until === undefined ? Infinity : who.until.getTime() - at.getTime())
  const id = app.ids.next<'session'>()
  await insertSession(tx, { id, person, hash, method, ...client, at, expiresAt: new Date(at.getTime() + life), via })
  await recordFor(app, tx, person, { action: 'session.started', subject: person, binds: [sessionRow({ id }), ...binds], details: { method } })
  // A link alone opens nothing yet, and whoever handed it over may have followed it.
  if (method !== 'link') {
    await setReached(tx, person, at)
    await noteTwoOfficers(app, tx, person)
  }
  return { id, secret, seconds: Math.floor(life / 1000) }
}

/**
 * Whose accounts a sign-in changes: the person's, and that of whoever the browser was signed in as until now. To be held
 * at once, or two sign-ins, each in the browser of the other, wait for each other.
 */
export function accountsOf(person: PersonId, before: Actor | EarlierSession): PersonId[] {
  return isSession(before) ? [person, before.person] : [person]
}

async function endBefore(app: App, tx: Tx, before: Actor | EarlierSession, at: Date): Promise<void> {
  if (!isSession(before)) return
  const { person, credential } = before
  if (await revokeSession(tx, person, credential.id, at)) await recordEnd(app, tx, person, [credential.id])
}

function isSession(actor: Actor | EarlierSession): actor is EarlierSession {
  return 'credential' in actor && actor.credential.kind === 'session'
}

async function endOldest(app: App, tx: Tx, person: PersonId, at: Date): Promise<void> {
  const ended = await revokeOldestSessions(tx, person, at, MOST_SESSIONS - 1)
  if (ended.length > 0) await recordEnd(app, tx, person, ended)
}

async function recordEnd(app: App, tx: Tx, person: PersonId, ended: readonly string[]): Promise<void> {
  await recordFor(app, tx, person, { action: 'session.ended', subject: person, binds: ended.map((id) => sessionRow({ id })) })
}
