import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import { holderColumns, isIn, type Holder } from '#platform/auth/credential-store.ts'
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

export interface CertificateHolder extends Holder {
  readonly certificate: string
  readonly scopes: readonly string[]
  readonly last_used_at: Date | null
}

/** Who holds the certificate with this SHA-256, unless it has ended. */
export async function findCertificate(tx: Tx, fingerprint: Buffer, now: Date): Promise<CertificateHolder | undefined> {
  const { rows } = await sql<CertificateHolder>`select ${holderColumns}, k.id as certificate, k.scopes, k.last_used_at
    from client_certificate k join person p on p.id = k.person_id left join organisation o on o.id = p.organisation_id
    where k.fingerprint = ${fingerprint} and k.revoked_at is null and k.expires_at > ${now} and ${isIn}`.execute(tx.db)
  return rows[0]
}

export async function touchCertificate(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.db.updateTable('client_certificate').set({ last_used_at: now }).where('id', '=', id).execute()
}
