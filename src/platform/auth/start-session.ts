import type { App } from '#platform/app.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { createSecret } from '#platform/auth/secret.ts'
import { SESSION_LIFE, type SessionMethod } from '#platform/auth/session.ts'
import { insertSession, sessionRow } from '#platform/auth/session-store.ts'
import type { Client } from '#platform/auth/client.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, PersonId } from '#platform/ids.ts'

/** A session that has just begun; `secret` goes into the browser's cookie and is stored nowhere. */
export interface StartedSession {
  readonly id: Id<'session'>
  readonly secret: string
  /** Until when the cookie is kept. */
  readonly seconds: number
}

/**
 * Begins a session for a person whose identity the caller has established in the same transaction. Every way to sign
 * in ends here; `binds` are the rows that proved who they are.
 */
export async function startSession(
  app: App,
  tx: Tx,
  who: { readonly person: PersonId; readonly method: SessionMethod; readonly client: Client; readonly binds?: readonly Binding[] },
): Promise<StartedSession> {
  const { person, method, client, binds = [] } = who
  const at = app.clock.now()
  const { text: secret, hash } = createSecret('session')
  const life = SESSION_LIFE[method].absoluteMs
  const id = app.ids.next<'session'>()
  await insertSession(tx, { id, person, hash, method, ...client, at, expiresAt: new Date(at.getTime() + life) })
  await recordFor(app, tx, person, { action: 'session.started', subject: person, binds: [sessionRow({ id }), ...binds], details: { method } })
  return { id, secret, seconds: life / 1000 }
}
