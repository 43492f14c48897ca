import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, PersonId } from '#platform/ids.ts'
import type { ContactKeyMaterial } from '#program/membership/contacts/read-key.ts'

export type ContactKeyId = Id<'contact-key'>

export const contactKeyRow = binder('contact_key', ['person_id', 'kind', 'fingerprint', 'public_key', 'added_at', 'expires_at', 'revoked_at'])

export interface ContactKeyRow {
  readonly id: ContactKeyId
  readonly person_id: PersonId
  readonly kind: 'age' | 'openpgp'
  readonly fingerprint: string
  readonly public_key: string
  readonly added_at: Date
  readonly expires_at: Date
  readonly revoked_at: Date | null
}

export async function insertKey(tx: Tx, key: ContactKeyMaterial & { id: ContactKeyId; person: PersonId; at: Date }): Promise<void> {
  const { id, person, kind, fingerprint, publicKey, at, expiresAt } = key
  await tx.db
    .insertInto('contact_key')
    .values({ id, person_id: person, kind, fingerprint, public_key: publicKey, added_at: at, expires_at: expiresAt })
    .execute()
}

/** The keys of these people, the newest first; crosses rows of other people, so authorise first. */
export async function listKeys(tx: Tx, people: readonly PersonId[]): Promise<ContactKeyRow[]> {
  if (people.length === 0) return []
  return tx.asSystem((db) => db.selectFrom('contact_key').selectAll().where('person_id', 'in', people).orderBy('id', 'desc').execute()) as Promise<
    ContactKeyRow[]
  >
}

/** Revokes one key of a person; false when there is none that was not revoked. */
export async function revokeKey(tx: Tx, person: PersonId, id: string, at: Date): Promise<boolean> {
  const rows = await tx.db
    .updateTable('contact_key')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Revokes every key of a person, whoever the transaction's actor is; returns their ids. */
export async function revokeKeysOf(tx: Tx, person: PersonId, at: Date): Promise<string[]> {
  const rows = await tx.asSystem((db) =>
    db.updateTable('contact_key').set({ revoked_at: at }).where('person_id', '=', person).where('revoked_at', 'is', null).returning('id').execute(),
  )
  return rows.map(({ id }) => id)
}
