import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { FactorRule, ProviderFacts, ProviderId } from '#platform/auth/oidc/provider.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OrganisationId, PersonId } from '#platform/ids.ts'

export const providerRow = binder('identity_provider', [
  'organisation_id',
  'sign_in_name',
  'issuer',
  'client_id',
  'sealed_secret',
  'factors',
  'accepted',
  'subjects_by_scim',
  'proposed_by',
  'proposed_at',
  'expires_at',
  'confirmed_by',
  'confirmed_at',
  'ended_by',
  'ended_at',
])

/** An identity provider of a member: one configuration, from its proposal to its end. */
export interface Provider extends ProviderFacts, FactorRule {
  readonly id: ProviderId
  readonly organisation_id: OrganisationId
  readonly organisation_name: string
  readonly sign_in_name: string
  readonly issuer: string
  readonly client_id: string
  readonly sealed_secret: Buffer
  readonly subjects_by_scim: boolean
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly confirmed_by: PersonId | null
  readonly confirmer_name: string | null
}

const select = sql`select v.id, v.organisation_id, o.name as organisation_name, v.sign_in_name, v.issuer, v.client_id, v.sealed_secret, v.factors,
    v.accepted, v.subjects_by_scim, v.proposed_by, p.name as proposer_name, v.proposed_at, v.expires_at, v.confirmed_by,
    coalesce(c.name, 'A membership officer of the operator') as confirmer_name, v.confirmed_at, v.ended_at
  from identity_provider v join organisation o on o.id = v.organisation_id join person p on p.id = v.proposed_by
    left join person c on c.id = v.confirmed_by`

/** Lets one transaction at a time change which provider speaks for an organisation. */
export async function holdProviders(tx: Tx, organisation: OrganisationId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`identity provider ${organisation}`}, 0))`.execute(tx.db)
}

/** Providers that the actor can see, the newest first, from after `before` on. */
export async function listProviders(tx: Tx, limit: number, before: string | undefined): Promise<Provider[]> {
  const { rows } = await sql<Provider>`${select} where v.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid
    order by v.id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** A provider that the actor can see. */
export async function findProvider(tx: Tx, id: string): Promise<Provider | undefined> {
  const { rows } = await sql<Provider>`${select} where v.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** The provider that speaks for an organisation now. */
export async function findLiveProvider(tx: Tx, by: { readonly organisation: OrganisationId } | { readonly signInName: string }): Promise<Provider | undefined> {
  const which = 'organisation' in by ? sql`v.organisation_id = ${by.organisation}` : sql`v.sign_in_name = ${by.signInName}`
  const { rows } = await sql<Provider>`${select} where ${which} and v.confirmed_at is not null and v.ended_at is null`.execute(tx.db)
  return rows[0]
}

/** The sign-in name that an organisation's people know already. */
export async function earlierSignInName(tx: Tx, organisation: OrganisationId): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('identity_provider')
    .select('sign_in_name')
    .where('organisation_id', '=', organisation)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.sign_in_name
}

export interface NewProvider extends FactorRule {
  readonly id: ProviderId
  readonly organisation: OrganisationId
  readonly signInName: string
  readonly issuer: string
  readonly clientId: string
  readonly sealedSecret: Buffer
  readonly subjectsByScim: boolean
  readonly by: PersonId
  readonly at: Date
  readonly expiresAt: Date
}

export async function insertProvider(tx: Tx, provider: NewProvider): Promise<void> {
  const { id, organisation, signInName, issuer, clientId, sealedSecret, factors, accepted, subjectsByScim, by, at, expiresAt } = provider
  await tx.db
    .insertInto('identity_provider')
    .values({
      id,
      organisation_id: organisation,
      sign_in_name: signInName,
      issuer,
      client_id: clientId,
      sealed_secret: sealedSecret,
      factors,
      accepted: [...accepted],
      subjects_by_scim: subjectsByScim,
      proposed_by: by,
      proposed_at: at,
      expires_at: expiresAt,
    })
    .execute()
}

export async function setConfirmed(tx: Tx, id: ProviderId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('identity_provider').set({ confirmed_by: by, confirmed_at: at }).where('id', '=', id).execute()
}

/** Ends the providers of an organisation that stand and that wait, or one kind of them; returns their ids. */
export async function endProviders(tx: Tx, organisation: OrganisationId, which: 'live' | 'waiting', by: PersonId, at: Date): Promise<ProviderId[]> {
  const rows = await tx.db
    .updateTable('identity_provider')
    .set({ ended_by: by, ended_at: at })
    .where('organisation_id', '=', organisation)
    .where('ended_at', 'is', null)
    .where('confirmed_at', which === 'live' ? 'is not' : 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id as ProviderId)
}
