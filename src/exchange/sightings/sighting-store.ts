import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId } from '#platform/ids.ts'

type SightingId = Id<'sighting'>

export const sightingRow = binder('sighting', [
  'id',
  'operator_id',
  'organisation_id',
  'collection_id',
  'contribution_id',
  'indicator',
  'stix_id',
  'counted',
  'count',
  'first_seen',
  'last_seen',
  'reported_at',
  'replaced_at',
])

export interface NewSighting {
  readonly id: SightingId
  readonly operator_id: OperatorId
  readonly organisation_id: OrganisationId
  readonly collection_id: string
  /** The contribution of the indicator that the organisation saw when it reported. */
  readonly contribution_id: string
  readonly indicator: string
  /** Id of the STIX object that says so; null for what was reported in so many words. */
  readonly stix_id: string | null
  /** Whether it counts for others. */
  readonly counted: boolean
  readonly count: number
  readonly first_seen: Date
  readonly last_seen: Date
  readonly reported_at: Date
}

const AT_ONCE = 1000

/** Inserts what is not there yet and gives the ids of what it inserted. */
export async function insertSightings(tx: Tx, sightings: readonly NewSighting[]): Promise<Set<string>> {
  const inserted = new Set<string>()
  for (let from = 0; from < sightings.length; from += AT_ONCE) {
    const rows = await tx.db
      .insertInto('sighting')
      .values(sightings.slice(from, from + AT_ONCE))
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute()
    for (const { id } of rows) inserted.add(id)
  }
  return inserted
}

/** Ends what the organisation's own objects said in earlier versions, and gives which rows that were: they stay as evidence. */
export async function replaceSightings(
  tx: Tx,
  {
    collection,
    organisation,
    objects,
    at,
  }: { readonly collection: string; readonly organisation: OrganisationId; readonly objects: readonly string[]; readonly at: Date },
): Promise<SightingId[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ id: SightingId }>`update sighting set replaced_at = ${at} where collection_id = ${collection} and organisation_id = ${organisation}
      and stix_id = any(${objects}::text[]) and replaced_at is null returning id`.execute(db),
  )
  return rows.map(({ id }) => id)
}

export interface SightingRow extends Omit<NewSighting, 'operator_id' | 'collection_id' | 'contribution_id' | 'stix_id' | 'counted'> {
  readonly organisation_name: string
}

function selectSightings(tx: Tx) {
  return tx.db
    .selectFrom('sighting')
    .innerJoin('organisation', 'organisation.id', 'sighting.organisation_id')
    .select(['sighting.id', 'sighting.indicator', 'sighting.count', 'sighting.first_seen', 'sighting.last_seen', 'sighting.reported_at'])
    .select(['sighting.organisation_id', 'organisation.name as organisation_name'])
}

/** Sightings that stand and that the reader may see, newest first, older than `before`. */
export async function listSightings(
  tx: Tx,
  of: { readonly operator: OperatorId } | { readonly organisation: OrganisationId },
  limit: number,
  before: string | undefined,
): Promise<SightingRow[]> {
  let query = selectSightings(tx).where('sighting.replaced_at', 'is', null).orderBy('sighting.id', 'desc').limit(limit)
  query = 'operator' in of ? query.where('sighting.operator_id', '=', of.operator) : query.where('sighting.organisation_id', '=', of.organisation)
  if (before !== undefined) query = query.where('sighting.id', '<', before)
  return (await query.execute()) as SightingRow[]
}

/** The stored sighting that says the same; it has been inserted, or was there. */
export async function findSame(tx: Tx, sighting: NewSighting): Promise<SightingRow> {
  const row = await selectSightings(tx)
    .where('sighting.stix_id', 'is', null)
    .where('sighting.collection_id', '=', sighting.collection_id)
    .where('sighting.indicator', '=', sighting.indicator)
    .where('sighting.organisation_id', '=', sighting.organisation_id)
    .where('sighting.first_seen', '=', sighting.first_seen)
    .where('sighting.last_seen', '=', sighting.last_seen)
    .where(sql<boolean>`sighting.count = ${sighting.count}`)
    .executeTakeFirstOrThrow()
  return row as SightingRow
}
