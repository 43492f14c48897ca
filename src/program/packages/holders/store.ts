import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { Part } from '#program/packages/contract.ts'
import type { VersionKey } from '#program/packages/store.ts'

export type AttestationId = Id<'attestation'>

export const attestationRow = binder('destruction_attestation', [
  'operator_id',
  'package_id',
  'organisation_id',
  'person_id',
  'text',
  'destroyed_at',
  'attested_at',
])

interface Named {
  readonly organisation_id: OrganisationId
  readonly organisation_name: string
  readonly person_id: PersonId
  readonly person_name: string
}

/** One person who was given one version. */
export interface StoredHolder extends Named {
  readonly version: number
  readonly first_received_at: Date
  readonly last_received_at: Date
  readonly parts: Part[]
  readonly files: number
}

/** Who was given which version of a package of this operator, from its receipts. People and organisations of ended memberships are named too. */
export async function listHolders(tx: Tx, operator: OperatorId, id: PackageId): Promise<StoredHolder[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<StoredHolder>`select r.organisation_id, o.name as organisation_name, r.person_id, p.name as person_name, r.version,
        min(r.received_at) as first_received_at, max(r.received_at) as last_received_at,
        array(select distinct unnest(s.parts) from receipt s where s.package_id = ${id} and s.person_id = r.person_id and s.version = r.version) as parts,
        count(distinct r.object_id)::int as files
      from receipt r join organisation o on o.id = r.organisation_id join person p on p.id = r.person_id
      where r.operator_id = ${operator} and r.package_id = ${id}
      group by r.organisation_id, o.name, r.person_id, p.name, r.version order by o.name, p.name, r.person_id, r.version`.execute(db),
  )
  return rows
}

/** People who hold any version of a package up to this one, less those whose account has ended, with their organisations. */
export async function listHoldingPeople(
  tx: Tx,
  operator: OperatorId,
  id: PackageId,
  upTo: number,
): Promise<{ person: PersonId; organisation: OrganisationId }[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ person: PersonId; organisation: OrganisationId }>`select distinct r.person_id as person, r.organisation_id as organisation
      from receipt r join person p on p.id = r.person_id
      where r.operator_id = ${operator} and r.package_id = ${id} and r.version <= ${upTo} and p.disabled_at is null order by r.person_id`.execute(db),
  )
  return rows
}

/** Member organisations of which anybody was given any version of a package before this one. */
export async function listHoldingOrganisations(tx: Tx, operator: OperatorId, id: PackageId, before: number): Promise<OrganisationId[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ organisation: OrganisationId }>`select distinct organisation_id as organisation from receipt
      where operator_id = ${operator} and package_id = ${id} and version < ${before} order by organisation_id`.execute(db),
  )
  return rows.map(({ organisation }) => organisation)
}

/** Whether anybody was given anything of a version. */
export async function isHeld(tx: Tx, { package: id, version }: VersionKey): Promise<boolean> {
  const { rows } = await tx.asSystem((db) => sql`select from receipt where package_id = ${id} and version = ${version} limit 1`.execute(db))
  return rows.length > 0
}

/** When a package of the operator was pulled; undefined while it was not. */
export async function findPulledAt(tx: Tx, operator: OperatorId, id: PackageId): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date }>`select min(h.at) as at from package_version v
    join package_version_history h on h.package_id = v.package_id and h.version = v.version and h.state = 'pulled'
    where v.operator_id = ${operator} and v.package_id = ${id} and v.state = 'pulled' having count(*) > 0`.execute(tx.db)
  return rows[0]?.at
}

export interface StoredAttestation extends Named {
  readonly id: AttestationId
  /** Sealed. */
  readonly text: Buffer
  readonly destroyed_at: Date
  readonly attested_at: Date
}

/** Attestations of holders of a package of this operator, the oldest first. */
export async function listAttestations(tx: Tx, operator: OperatorId, id: PackageId): Promise<StoredAttestation[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<StoredAttestation>`select a.id, a.organisation_id, o.name as organisation_name, a.person_id, p.name as person_name, a.text, a.destroyed_at,
        a.attested_at
      from destruction_attestation a join organisation o on o.id = a.organisation_id join person p on p.id = a.person_id
      where a.operator_id = ${operator} and a.package_id = ${id} order by a.id`.execute(db),
  )
  return rows
}

/** A pulled package that a person holds, with the person's attestation. */
export interface HeldPulled {
  readonly package: PackageId
  readonly operator: OperatorId
  readonly versions: number[]
  readonly pulled_at: Date
  readonly attestation: AttestationId | null
  /** Sealed. */
  readonly text: Buffer | null
  readonly destroyed_at: Date | null
  readonly attested_at: Date | null
}

/**
 * Pulled packages, or one of them, of which this person was given anything, the last pulled first. It crosses what the person may
 * read, which is nothing of them any more: that they hold it is what they know themselves.
 */
export async function listHeldPulled(tx: Tx, { person, organisation }: Pick<ContactActor, 'person' | 'organisation'>, id?: PackageId): Promise<HeldPulled[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<HeldPulled>`select r.package_id as package, r.operator_id as operator, array_agg(distinct r.version order by r.version) as versions,
        min(h.at) as pulled_at, a.id as attestation, a.text, a.destroyed_at, a.attested_at
      from receipt r join package_version_history h on h.package_id = r.package_id and h.state = 'pulled'
        left join destruction_attestation a on a.package_id = r.package_id and a.organisation_id = r.organisation_id and a.person_id = r.person_id
      where r.person_id = ${person} and r.organisation_id = ${organisation} and ${id === undefined ? sql`true` : sql`r.package_id = ${id}`}
      group by r.package_id, r.operator_id, a.id order by min(h.at) desc, r.package_id`.execute(db),
  )
  return rows
}

export async function insertAttestation(
  tx: Tx,
  { person, organisation }: ContactActor,
  attestation: { id: AttestationId; operator: OperatorId; package: PackageId; text: Buffer; destroyedAt: Date; at: Date },
): Promise<boolean> {
  const { id, operator, package: package_id, text, destroyedAt, at } = attestation
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('destruction_attestation')
    .values({
      id,
      operator_id: operator,
      package_id,
      organisation_id: organisation,
      person_id: person,
      text,
      destroyed_at: destroyedAt,
      attested_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}
