import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

export const certificateRow = binder('client_certificate', ['person_id', 'name', 'subject', 'fingerprint', 'scopes', 'created_at', 'expires_at', 'revoked_at'])

export interface NewCertificate {
  readonly id: string
  readonly person: PersonId
  readonly name: string
  readonly subject: string
  readonly fingerprint: Buffer
  readonly scopes: readonly string[]
  readonly at: Date
  readonly expiresAt: Date
}

export async function insertCertificate(tx: Tx, { person, scopes, at, expiresAt, ...rest }: NewCertificate): Promise<void> {
  await tx.db
    .insertInto('client_certificate')
    .values({ ...rest, person_id: person, scopes: [...scopes], created_at: at, expires_at: expiresAt })
    .execute()
}

/** Certificates of one person that were not revoked, expired ones included, the newest first, from after `before` on. */
export function listCertificates(tx: Tx, person: PersonId, limit: number, before: string | undefined) {
  return tx.db
    .selectFrom('client_certificate')
    .select(['id', 'name', 'subject', 'fingerprint', 'scopes', 'created_at', 'expires_at', 'last_used_at'])
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** How many certificates of a person can be used now. */
export async function countCertificates(tx: Tx, person: PersonId, now: Date): Promise<number> {
  const { count } = await tx.db
    .selectFrom('client_certificate')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  return count
}

/** Ends one certificate of a person, or all; returns the ids of those that it ended. */
export async function revokeCertificates(tx: Tx, person: PersonId, at: Date, id?: string): Promise<string[]> {
  const rows = await tx.asSystem((db) =>
    db
      .updateTable('client_certificate')
      .set({ revoked_at: at })
      .where('person_id', '=', person)
      .where('revoked_at', 'is', null)
      .$if(id !== undefined, (query) => query.where('id', '=', id!))
      .returning('id')
      .execute(),
  )
  return rows.map((row) => row.id)
}
