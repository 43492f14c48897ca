import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { SessionMethod } from '#platform/auth/session.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

export const sessionRow = binder('session', ['person_id', 'token_hash', 'method', 'created_at', 'expires_at', 'revoked_at'])

export interface NewSession {
  readonly id: string
  readonly person: PersonId
  readonly hash: Buffer
  readonly method: SessionMethod
  readonly userAgent: string
  readonly address: string
  readonly at: Date
  readonly expiresAt: Date
  /** For a session begun at an identity provider: by which identity and which provider. */
  readonly via?: { readonly identity: string; readonly provider: string } | undefined
}

export async function insertSession(tx: Tx, session: NewSession): Promise<void> {
  await tx.asSystem((db) =>
    db
      .insertInto('session')
      .values({
        id: session.id,
        person_id: session.person,
        token_hash: session.hash,
        method: session.method,
        user_agent: session.userAgent,
        address: session.address,
        created_at: session.at,
        last_seen_at: session.at,
        expires_at: session.expiresAt,
        ...(session.via && { external_identity_id: session.via.identity, identity_provider_id: session.via.provider }),
      })
      .execute(),
  )
}

/** Sessions of one person that have neither ended nor expired, the newest first, from after `before` on. */
export function listSessions(tx: Tx, person: PersonId, now: Date, limit: number, before: string | undefined) {
  return tx.db
    .selectFrom('session')
    .select(['id', 'method', 'user_agent', 'address', 'created_at', 'last_seen_at', 'expires_at'])
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export async function isLive(tx: Tx, session: string): Promise<boolean> {
  return (await tx.db.selectFrom('session').select('id').where('id', '=', session).where('revoked_at', 'is', null).executeTakeFirst()) !== undefined
}

/** Ends one session of a person; false when there is none to end. */
export async function revokeSession(tx: Tx, person: PersonId, id: string, now: Date): Promise<boolean> {
  const rows = await tx.db
    .updateTable('session')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Ends every session of a person, but for one if it is named; returns the ids of those that ended. */
export async function revokeSessions(tx: Tx, person: PersonId, now: Date, except?: string): Promise<string[]> {
  const rows = await tx.asSystem((db) =>
    db
      .updateTable('session')
      .set({ revoked_at: now })
      .where('person_id', '=', person)
      .where('revoked_at', 'is', null)
      .$if(except !== undefined, (query) => query.where('id', '<>', except!))
      .returning('id')
      .execute(),
  )
  return rows.map(({ id }) => id)
}

/** Ends every session that was begun by one external identity, or at one identity provider; returns their ids. */
export async function revokeSessionsVia(tx: Tx, via: { readonly identity: string } | { readonly provider: string }, now: Date): Promise<string[]> {
  const rows = await tx.asSystem((db) =>
    db
      .updateTable('session')
      .set({ revoked_at: now })
      .$if('identity' in via, (query) => query.where('external_identity_id', '=', (via as { identity: string }).identity))
      .$if('provider' in via, (query) => query.where('identity_provider_id', '=', (via as { provider: string }).provider))
      .where('revoked_at', 'is', null)
      .where('method', '=', 'oidc')
      .returning('id')
      .execute(),
  )
  return rows.map(({ id }) => id)
}

/** Ends the live sessions of a person but for the newest so many; returns the ids of those that ended. */
export async function revokeOldestSessions(tx: Tx, person: PersonId, now: Date, keep: number): Promise<string[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ id: string }>`update session set revoked_at = ${now} where id in (select s.id from session s
      where s.person_id = ${person} and s.revoked_at is null and s.expires_at > ${now} order by s.created_at desc, s.id desc offset ${keep})
      returning id`.execute(db),
  )
  return rows.map(({ id }) => id)
}

/** Forgets from where and with what sessions were used that ended before an instant; that they existed stays on record. */
export async function forgetTraces(tx: Tx, before: Date): Promise<void> {
  await sql`update session set user_agent = '', address = '' where address <> '' and coalesce(revoked_at, expires_at) < ${before}`.execute(tx.db)
}
