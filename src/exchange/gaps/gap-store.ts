import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import { binder, type Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { DB } from '#platform/db/types.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { IndicatorPlace } from '#exchange/indicators/indicator-store.ts'

const shippedRow = binder('shipped', ['operator_id', 'organisation_id', 'kind', 'value', 'shipped_at'])

/**
 * How many organisations other than `organisation` sighted each object that at least `least` of them did, by `placeKey`: summed over
 * the contributions of it that members see, so that several who contribute the same do not dilute each other, and nothing that
 * is hidden from the reader's audiences counts: neither what another group shares nor what was released to others alone. Whatever their membership is now: the leave of one must not change a figure. Counts are of rows that are not
 * the reader's: show nothing of them as it is.
 */
export async function countOthers(
  db: Transaction<DB>,
  {
    organisation,
    audiences,
    packages,
    now,
  }: {
    readonly organisation: OrganisationId
    readonly audiences: readonly string[]
    readonly packages: readonly string[]
    readonly now: Date
  },
  least: number,
): Promise<Map<string, IndicatorPlace & { others: number }>> {
  const { rows } = await sql<IndicatorPlace & { others: number }>`
    select s.collection_id, s.indicator as object_id, count(distinct s.organisation_id) as others
    from sighting s
    where s.organisation_id <> ${organisation} and s.counted and s.replaced_at is null and exists (select from object_version v
      where v.collection_id = s.collection_id and v.contribution_id = s.contribution_id and v.open
        and (v.audience = s.collection_id or exists (select from object_feed f where f.collection_id = v.collection_id and f.version_id = v.id
          and f.audience = any(${pgArray(audiences)}::uuid[]) and (f.opens_at is null or f.opens_at <= ${now.getTime() * 1000}::bigint)
          and (f.package_id is null or f.package_id = any(${pgArray(packages)}::uuid[])))))
    group by s.collection_id, s.indicator having count(distinct s.organisation_id) >= ${least}`.execute(db)
  return new Map(rows.map((row) => [placeKey(row), row]))
}

/** The audiences that whoever asks belongs to. */
export async function listAudiences(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ audiences: string[] }>`select reader_audiences()::text[] as audiences`.execute(tx.db)
  return rows[0]!.audiences
}

export function placeKey({ collection_id: collection, object_id: object }: IndicatorPlace): string {
  return `${collection} ${object}`
}

/** What an organisation has shipped protections for, as `shippedKey` writes it. */
export async function listShipped(tx: Tx, organisation: OrganisationId): Promise<Set<string>> {
  const rows = await tx.db.selectFrom('shipped').select(['operator_id', 'value']).where('organisation_id', '=', organisation).execute()
  return new Set(rows.map((row) => shippedKey(row.operator_id, row.value)))
}

export function shippedKey(operator: string, value: string): string {
  return `${operator} ${value}`
}

export interface Shipped {
  readonly operator: OperatorId
  readonly organisation: OrganisationId
  readonly cves: readonly string[]
  readonly indicators: readonly string[]
  readonly at: Date
}

/** Keeps what was shipped, and gives what is new of it; what is kept already stays as it is. */
export async function insertShipped(tx: Tx, { operator, organisation, cves, indicators, at }: Shipped): Promise<Binding[]> {
  const rows = [...cves.map((value) => ({ kind: 'cve', value })), ...indicators.map((value) => ({ kind: 'indicator', value }))]
  if (rows.length === 0) return []
  const inserted = await tx.db
    .insertInto('shipped')
    .values(rows.map((row) => ({ ...row, operator_id: operator, organisation_id: organisation, shipped_at: at })))
    .onConflict((conflict) => conflict.doNothing())
    .returning(['kind', 'value'])
    .execute()
  return inserted.map((row) => shippedRow({ operator_id: operator, organisation_id: organisation, ...row }))
}
