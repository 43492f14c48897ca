import { sql } from 'kysely'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { counts, isOutermost, microseconds } from '#exchange/taxii/narrow.ts'

/** The latest version of an indicator that the reader sees, with what its own organisation reported. */
export interface IndicatorRow {
  readonly id: string
  readonly object_id: string
  readonly operator_id: OperatorId
  readonly organisation_id: string | null
  readonly contribution_id: string
  readonly tlp: TlpLabel
  readonly revoked: boolean
  readonly position: string
  readonly sealed_body: Buffer
  readonly collection_id: string
  readonly collection_title: string
  readonly own_count: number | null
  readonly own_last_seen: Date | null
}

type Choice = { readonly before: readonly [position: string, id: string] | undefined; readonly limit: number } | { readonly contributions: readonly string[] }

/** Newest first: a page of them, or those of the contributions named. */
export async function listIndicators(tx: Tx, reader: PersonActor, choice: Choice): Promise<IndicatorRow[]> {
  const organisation = reader.kind === 'contact' ? reader.organisation : null
  const which =
    'contributions' in choice
      ? sql`v.contribution_id = any(${choice.contributions}::uuid[])`
      : choice.before
        ? sql`(v.position, v.id) < (${choice.before[0]}::timestamptz, ${choice.before[1]}::uuid)`
        : sql`true`
  const { rows } = await sql<IndicatorRow>`select v.id, v.object_id, v.operator_id, v.organisation_id, v.contribution_id, v.tlp, v.revoked, v.sealed_body, 
      ${microseconds('v.position')} as position, c.id as collection_id, c.title as collection_title, own.count as own_count, own.last_seen as own_last_seen
    from stix_version v join collection c on c.id = v.collection_id
      left join lateral (select case when count(*) > 0 then least(sum(s.count), ${Number.MAX_SAFE_INTEGER}::bigint)::bigint end as count, max(s.last_seen) as last_seen
        from sighting s where s.contribution_id = v.contribution_id and s.organisation_id = ${organisation}::uuid) own on true
    where v.type = 'indicator' and ${which} and ${counts(reader, 'v')} and ${isOutermost(reader, 'v', 'newer')}
    order by v.position desc, v.id desc limit ${'limit' in choice ? choice.limit : null}`.execute(tx.db)
  return rows
}

/** An indicator as a sighting refers to it. */
export interface FoundIndicator {
  readonly object_id: string
  readonly contribution_id: string
  readonly operator_id: OperatorId
  readonly value_keys: readonly Buffer[]
}

/** Indicators that the reader sees, by id or by a value that their pattern names; the one contributed first where several answer. */
export async function findIndicators(tx: Tx, reader: PersonActor, ids: readonly string[], valueKeys: readonly Buffer[]): Promise<FoundIndicator[]> {
  const { rows } = await sql<FoundIndicator>`select v.object_id, v.contribution_id, v.operator_id, v.value_keys from stix_version v
    where v.type = 'indicator' and (v.object_id = any(${ids}::text[]) or v.value_keys && ${valueKeys}::bytea[])
      and ${counts(reader, 'v')} and ${isOutermost(reader, 'v', 'newer')}
    order by v.contributed_at, v.id`.execute(tx.db)
  return rows
}
