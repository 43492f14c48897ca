import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import { isIn } from '#platform/auth/credential-store.ts'
import type { Provider } from '#platform/auth/oidc/provider-store.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OrganisationId, PersonId } from '#platform/ids.ts'

export type IdentityId = Id<'external-identity'>

export const identityRow = binder('external_identity', ['person_id', 'organisation_id', 'issuer', 'subject', 'bound_by', 'bound_at', 'ended_at'])

export interface Identity {
  readonly id: IdentityId
  readonly person_id: PersonId
  readonly issuer: string
  readonly subject: string
  readonly bound_by: 'person' | 'scim'
  readonly bound_at: Date
  readonly last_used_at: Date | null
}

const columns = ['id', 'person_id', 'issuer', 'subject', 'bound_by', 'bound_at', 'last_used_at'] as const

/** Identities of one person that can be used, from after `before` on. */
export async function listIdentities(tx: Tx, person: PersonId, limit: number, before?: string): Promise<Identity[]> {
  const rows = await tx.db
    .selectFrom('external_identity')
    .select(columns)
    .where('person_id', '=', person)
    .where('ended_at', 'is', null)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows as Identity[]
}

/**
 * Who a subject of a member's provider is: bound by issuer and subject, of that member and no other, neither disabled nor of a
 * member that is not active. Whatever of this fails, nobody is found.
 */
export async function findEntrant(tx: Tx, provider: Provider, subject: string): Promise<Identity | undefined> {
  const { rows } = await sql<Identity>`select e.id, e.person_id, e.issuer, e.subject, e.bound_by, e.bound_at, e.last_used_at
    from external_identity e join person p on p.id = e.person_id
    where e.issuer = ${provider.issuer} and e.subject = ${subject} and e.ended_at is null
      and e.organisation_id = ${provider.organisation_id} and p.organisation_id = e.organisation_id and ${isIn}`.execute(tx.db)
  return rows[0]
}

/** Notes a use; false when the binding ended meanwhile. */
export async function touchIdentity(tx: Tx, id: IdentityId, at: Date): Promise<boolean> {
  const rows = await tx.db
    .updateTable('external_identity')
    .set({ last_used_at: at })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Binds a subject to a person of an organisation; false when within it the subject is bound already, or the person is. */
export async function insertIdentity(tx: Tx, identity: Omit<Identity, 'last_used_at'> & { readonly organisation_id: OrganisationId }): Promise<boolean> {
  const rows = await tx.asSystem((db) =>
    db
      .insertInto('external_identity')
      .values({ ...identity })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute(),
  )
  return rows.length > 0
}

/** Ends the bindings of one person; returns their ids. */
export async function endIdentitiesOf(tx: Tx, person: PersonId, at: Date): Promise<IdentityId[]> {
  const rows = await tx.asSystem((db) =>
    db.updateTable('external_identity').set({ ended_at: at }).where('person_id', '=', person).where('ended_at', 'is', null).returning('id').execute(),
  )
  return rows.map(({ id }) => id as IdentityId)
}

/** Ends the bindings of an organisation's people to every issuer but one; returns their ids. */
export async function endIdentitiesElsewhere(tx: Tx, organisation: OrganisationId, issuer: string, at: Date): Promise<IdentityId[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ id: IdentityId }>`update external_identity e set ended_at = ${at} from person p where p.id = e.person_id
      and p.organisation_id = ${organisation} and e.issuer <> ${issuer} and e.ended_at is null returning e.id`.execute(db),
  )
  return rows.map(({ id }) => id)
}
