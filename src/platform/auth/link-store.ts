import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import { isIn } from '#platform/auth/credential-store.ts'
import type { LinkPurposeName } from '#platform/auth/session.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

export const linkRow = binder('sign_in_link', ['person_id', 'operator_id', 'purpose', 'token_hash', 'created_at', 'expires_at', 'used_at', 'revoked_at'])

export interface NewLink {
  readonly id: string
  readonly person: PersonId | undefined
  readonly purpose: LinkPurposeName
  readonly hash: Buffer
  readonly at: Date
  readonly expiresAt: Date
}

export async function insertLink(tx: Tx, link: NewLink): Promise<void> {
  await tx.asSystem((db) =>
    db
      .insertInto('sign_in_link')
      .values({ id: link.id, person_id: link.person ?? null, purpose: link.purpose, token_hash: link.hash, created_at: link.at, expires_at: link.expiresAt })
      .execute(),
  )
}

/** Voids the links of a person that were not used, or the first-operator links when there is no person; returns their ids. */
export async function revokeLinks(tx: Tx, person: PersonId | undefined, at: Date, purpose?: LinkPurposeName): Promise<string[]> {
  const rows = await tx.asSystem((db) =>
    db
      .updateTable('sign_in_link')
      .set({ revoked_at: at })
      .where('person_id', 'is not distinct from', person ?? null)
      .where('used_at', 'is', null)
      .where('revoked_at', 'is', null)
      .$if(purpose !== undefined, (query) => query.where('purpose', '=', purpose!))
      .returning('id')
      .execute(),
  )
  return rows.map(({ id }) => id)
}

export interface UsableLink {
  readonly id: string
  readonly person_id: PersonId | null
  readonly purpose: LinkPurposeName
  readonly expires_at: Date
  readonly person_name: string | null
}

/** A link that can still be used, with the name of the person it is for. */
export async function findLink(tx: Tx, hash: Buffer, now: Date): Promise<UsableLink | undefined> {
  const { rows } = await sql<UsableLink>`select l.id, l.person_id, l.purpose, l.expires_at, p.name as person_name
    from sign_in_link l left join person p on p.id = l.person_id
    where l.token_hash = ${hash} and l.used_at is null and l.revoked_at is null and l.expires_at > ${now} and (p.id is null or ${isIn})`.execute(tx.db)
  return rows[0]
}

/** Uses a link up. Of any number of requests at once, one is answered with true: the update waits for the row and looks at it again. */
export async function spendLink(tx: Tx, id: string, now: Date): Promise<boolean> {
  const rows = await tx.db
    .updateTable('sign_in_link')
    .set({ used_at: now })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('id')
    .execute()
  return rows.length > 0
}
