import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import { isIn } from '#platform/auth/credential-store.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

export const passkeyRow = binder('passkey', ['person_id', 'name', 'credential_id', 'public_key', 'transports', 'created_at', 'revoked_at'])

export interface StoredPasskey {
  readonly id: string
  readonly person_id: PersonId
  readonly credential_id: Buffer
  readonly public_key: Buffer
  readonly counter: number
  readonly transports: string[]
}

/** A passkey that can be used, by the id that its authenticator names it with, if its person can sign in. */
export async function findPasskey(tx: Tx, credentialId: Buffer): Promise<StoredPasskey | undefined> {
  const { rows } = await sql<StoredPasskey>`select k.id, k.person_id, k.credential_id, k.public_key, k.counter, k.transports
    from passkey k join person p on p.id = k.person_id
    where k.credential_id = ${credentialId} and k.revoked_at is null and ${isIn}`.execute(tx.db)
  return rows[0]
}

/** Passkeys of one person that can be used, the newest first, from after `before` on. */
export function listPasskeys(tx: Tx, person: PersonId, limit: number, before?: string) {
  return tx.db
    .selectFrom('passkey')
    .select(['id', 'name', 'credential_id', 'transports', 'created_at', 'last_used_at'])
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** Ids of a person's passkeys; none of them changes until the transaction ends. */
export async function lockPasskeys(tx: Tx, person: PersonId): Promise<string[]> {
  const rows = await tx.db
    .selectFrom('passkey')
    .select('id')
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute()
  return rows.map(({ id }) => id)
}

/** False when the authenticator's credential is known already, to whomever it belongs. */
export async function insertPasskey(tx: Tx, passkey: Omit<StoredPasskey, 'person_id'> & { person: PersonId; name: string; at: Date }): Promise<boolean> {
  const { id, person, name, at, credential_id, public_key, counter, transports } = passkey
  const rows = await tx.db
    .insertInto('passkey')
    .values({ id, person_id: person, name, credential_id, public_key, counter, transports, created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Notes a use; false when the passkey was revoked meanwhile. */
export async function touchPasskey(tx: Tx, id: string, counter: number, at: Date): Promise<boolean> {
  const rows = await tx.db
    .updateTable('passkey')
    .set({ counter, last_used_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute()
  return rows.length > 0
}

export async function revokePasskey(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.db.updateTable('passkey').set({ revoked_at: at }).where('id', '=', id).execute()
}

/** Ends every passkey of a person; returns their ids. */
export async function revokePasskeys(tx: Tx, person: PersonId, at: Date): Promise<string[]> {
  const rows = await tx.asSystem((db) =>
    db.updateTable('passkey').set({ revoked_at: at }).where('person_id', '=', person).where('revoked_at', 'is', null).returning('id').execute(),
  )
  return rows.map(({ id }) => id)
}

/** Passkeys of one person that can be used, with their public keys, the oldest first. */
export async function listPublicKeys(tx: Tx, person: PersonId) {
  return tx.db
    .selectFrom('passkey')
    .select(['credential_id', 'public_key', 'transports'])
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .execute()
}

export type CeremonyPurpose = 'sign-in' | 'enrol' | 'sign'

/** `statement`: what is signed, whose SHA-256 the challenge is; only for the purpose of signing. */
export async function insertCeremony(
  tx: Tx,
  ceremony: { id: string; person: PersonId | undefined; purpose: CeremonyPurpose; challenge: string; expiresAt: Date; statement?: string },
): Promise<void> {
  const { id, person, purpose, challenge, expiresAt, statement = null } = ceremony
  await tx.db
    .insertInto('ceremony')
    .values({ id, person_id: person ?? null, purpose, challenge, expires_at: expiresAt, statement })
    .execute()
}

/** Takes away the ceremony of a signature, so that it is answered once; the statement, or undefined when it is unknown, another's, or too old. */
export async function takeStatement(tx: Tx, id: string, person: PersonId, now: Date): Promise<string | undefined> {
  const row = await tx.db
    .deleteFrom('ceremony')
    .where('id', '=', id)
    .where('purpose', '=', 'sign')
    .where('person_id', '=', person)
    .returning(['statement', 'expires_at'])
    .executeTakeFirst()
  return row && row.expires_at > now ? (row.statement ?? undefined) : undefined
}

/** Takes a ceremony away, so that its challenge is answered once; undefined when it is unknown, another's, or too old. */
export async function takeCeremony(tx: Tx, id: string, purpose: CeremonyPurpose, person: PersonId | undefined, now: Date): Promise<string | undefined> {
  const row = await tx.db
    .deleteFrom('ceremony')
    .where('id', '=', id)
    .where('purpose', '=', purpose)
    .where('person_id', 'is not distinct from', person ?? null)
    .returning(['challenge', 'expires_at'])
    .executeTakeFirst()
  return row && row.expires_at > now ? row.challenge : undefined
}

export async function deleteCeremonies(tx: Tx, before: Date): Promise<void> {
  await tx.db.deleteFrom('ceremony').where('expires_at', '<', before).execute()
}
