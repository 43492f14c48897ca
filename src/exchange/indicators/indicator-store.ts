import { sql } from 'kysely'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { isOutermost, microseconds, shown } from '#exchange/objects/narrow.ts'

/** The latest version of an indicator that the reader sees, with what its own organisation reported. */
export interface IndicatorRow {
  readonly id: string
  readonly object_id: string
  readonly operator_id: OperatorId
  readonly organisation_id: string | null
  readonly tlp: TlpLabel
  readonly open: boolean
  readonly revoked: boolean
  readonly position: string
  readonly sealed_body: Buffer
  readonly collection_id: string
  readonly collection_title: string
  readonly own_count: number | null
  readonly own_last_seen: Date | null
}

/** An object in its collection, whoever contributed it. */
export interface IndicatorPlace {
  readonly collection_id: string
  readonly object_id: string
}

type Choice = { readonly before: readonly [position: string, id: string] | undefined; readonly limit: number } | { readonly named: readonly IndicatorPlace[] }

/** Newest first: a page of them, or those named. */
export async function listIndicators(tx: Tx, reader: PersonActor, choice: Choice): Promise<IndicatorRow[]> {
  const organisation = reader.kind === 'contact' ? reader.organisation : null
  const which =
    'named' in choice
      ? sql`(v.collection_id, v.object_id) in (select * from unnest(${choice.named.map((one) => one.collection_id)}::uuid[], ${choice.named.map((one) => one.object_id)}::text[]))`
      : choice.before
        ? sql`(v.position, v.id) < (${choice.before[0]}::timestamptz, ${choice.before[1]}::uuid)`
        : sql`true`
  const { rows } = await sql<IndicatorRow>`select v.id, v.object_id, v.operator_id, v.organisation_id, v.tlp, v.open, v.revoked, v.sealed_body,
      ${microseconds('v.position')} as position, k.id as collection_id, k.title as collection_title, own.count as own_count, own.last_seen as own_last_seen
    from stix_version v join stix_contribution c on c.id = v.contribution_id join collection k on k.id = v.collection_id
      left join lateral (select case when count(*) > 0 then least(sum(s.count), ${Number.MAX_SAFE_INTEGER}::bigint)::bigint end as count, max(s.last_seen) as last_seen
        from sighting s where s.collection_id = v.collection_id and s.indicator = v.object_id and s.organisation_id = ${organisation}::uuid and s.replaced_at is null) own on true
    where v.type = 'indicator' and v.standing and ${which} and ${shown(reader)} and ${isOutermost(reader, 'newest')}
    order by v.position desc, v.id desc limit ${'limit' in choice ? choice.limit : null}`.execute(tx.db)
  return rows
}

/** An indicator as a sighting refers to it. */
export interface FoundIndicator extends IndicatorPlace {
  readonly contribution_id: string
  readonly operator_id: OperatorId
  readonly revoked: boolean
  readonly value_keys: readonly Buffer[]
}

/** Indicators that the reader sees, by id or by a value that their pattern names, within a collection where one is given; the one shown first comes first. */
export async function findIndicators(
  tx: Tx,
  reader: PersonActor,
  {
    ids = [],
    valueKeys = [],
    collection,
  }: { readonly ids?: readonly string[]; readonly valueKeys?: readonly Buffer[]; readonly collection?: string | undefined },
): Promise<FoundIndicator[]> {
  // Keys are compared by a hash of the list: the cost is that of the indicators there are, not times the values asked for.
  const ways = [
    ...(ids.length > 0 ? [sql`v.object_id = any(${ids}::text[])`] : []),
    ...(valueKeys.length > 0 ? [sql`exists (select from unnest(v.value_keys) as k (key) where k.key = any(${valueKeys}::bytea[]))`] : []),
  ]
  if (ways.length === 0) return []
  const { rows } = await sql<FoundIndicator>`select v.object_id, v.collection_id, v.contribution_id, v.operator_id, v.revoked, v.value_keys
    from stix_version v join stix_contribution c on c.id = v.contribution_id
    where v.type = 'indicator' and v.standing and (${sql.join(ways, sql` or `)})
      and ${collection === undefined ? sql`true` : sql`v.collection_id = ${collection}::uuid`} and ${shown(reader)} and ${isOutermost(reader, 'newest')}
    order by c.shown_since, c.contributed_at, v.id`.execute(tx.db)
  return rows
}
