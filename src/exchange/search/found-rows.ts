import { sql } from 'kysely'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { seesVersion } from '#exchange/stix/visible.ts'
import type { Scope } from '#exchange/search/scope.ts'

/** A version that somebody is shown, with where its bytes are and, once it was read for them, its facts. Positions and `version_at` are microseconds since 1970, its facts milliseconds. */
export interface FoundRow {
  readonly collection_id: string
  readonly audience: string
  readonly object_id: string
  readonly type: string
  readonly version: string
  readonly version_id: string
  readonly version_at: number
  readonly position: number
  readonly newest: boolean
  readonly operator_id: OperatorId
  readonly organisation_id: OrganisationId | null
  readonly tlp: TlpLabel
  readonly open: boolean
  readonly revoked: boolean
  readonly block_id: string
  readonly start: number
  readonly size: number
  /** The embargo that released it to the reader. */
  readonly embargo_id: string | null
  readonly marked: TlpLabel | null
  readonly created_at: number | null
  readonly valid_from: number | null
  readonly valid_until: number | null
  readonly confidence: number | null
}

/** Its columns, of rows `f` of feeds with their version `v` and its facts `x`. */
export const COLUMNS = sql`f.collection_id, f.audience, f.object_id, f.type, f.version, f.version_id, least(f.version_at, ${Number.MAX_SAFE_INTEGER}::bigint) as version_at, f.position, f.newest, f.operator_id, f.organisation_id,
  v.tlp, v.open, v.revoked, f.block_id, f.start, f.size, f.embargo_id, x.marked, x.created_at, x.valid_from, x.valid_until, x.confidence`

export const WITH_VERSION = sql`join object_version v on v.collection_id = f.collection_id and v.id = f.version_id
  left join object_fact x on x.collection_id = f.collection_id and x.version_id = f.version_id`

/** Decided once more on what the query let through: a row whose marking does not fit is shown to nobody. */
export function onlySeen(scope: Scope, rows: readonly FoundRow[]): FoundRow[] {
  return rows.filter((row) => seesVersion(scope.reader, { operator: row.operator_id, contributor: row.organisation_id, tlp: row.tlp, open: row.open }, true))
}

/** Keys in PostgreSQL's spelling of an array of `bytea`. */
export function byteas(keys: readonly string[]): string {
  return `{${keys.map((key) => `"\\\\x${key}"`).join(',')}}`
}
