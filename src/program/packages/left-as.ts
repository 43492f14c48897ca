import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { Left } from '#program/packages/package.ts'
import type { VersionKey } from '#program/packages/store.ts'

/**
 * In which state a version was before it was superseded or pulled: `released` when its instant had been reached by then, whether
 * anybody had written that down or not. Also of a version that a contact keeps, who does not see its history.
 */
export async function leftAs(tx: Tx, { package: id, version }: VersionKey): Promise<Left> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ state: Left; reached: boolean }>`select before.state, r.instant <= ended.at as reached
    from (select seq, at from package_version_history where package_id = ${id} and version = ${version} and state in ('superseded', 'pulled')
        order by seq limit 1) ended,
      lateral (select h.state, h.release_id from package_version_history h
        where h.package_id = ${id} and h.version = ${version} and h.seq < ended.seq order by h.seq desc limit 1) before
      join release r on r.id = before.release_id`.execute(db),
  )
  const [row] = rows
  if (!row) throw new Error(`version ${version} of package ${id} was not superseded or pulled`)
  return row.state === 'scheduled' && row.reached ? 'released' : row.state
}
