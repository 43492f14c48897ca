import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { VersionKey } from '#program/packages/store.ts'

/** A version that an organisation holds, as far as it takes to know which vulnerabilities it names. */
export interface HeldVersion extends VersionKey {
  readonly operator: OperatorId
  readonly contentHash: Buffer
  /** Sealed. */
  readonly summary: Buffer
}

/**
 * Whether a version `v` on a release `r` was public at an instant: it is on a release that has happened, or it was before another one
 * took its place or it was pulled. What left its cycle before its release never was, whatever its old instant says.
 */
export const wasPublic = (now: Date) => sql`(v.state in ('scheduled', 'released', 'withdrawn') and r.instant <= ${now}
  or v.state in ('superseded', 'pulled') and r.instant <= (select min(h.at) from package_version_history h
    where h.package_id = v.package_id and h.version = v.version and h.state in ('superseded', 'pulled'))
  and 'deferred' is distinct from (select h.state from package_version_history h
    where h.package_id = v.package_id and h.version = v.version and h.state not in ('superseded', 'pulled') order by h.seq desc limit 1))`

/**
 * Versions of which anybody of an organisation received anything, content or file, and that were not public at an instant. It
 * crosses what the person who asks may see: what the organisation holds does not depend on who of it asks.
 */
export async function listHeldUnpublished(tx: Tx, organisation: OrganisationId, now: Date): Promise<HeldVersion[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<HeldVersion>`select v.package_id as package, v.version, v.operator_id as operator, v.content_hash as "contentHash", v.summary
      from package_version v join release r on r.id = v.release_id
      where not ${wasPublic(now)} and exists (select from receipt t
        where t.package_id = v.package_id and t.version = v.version and t.organisation_id = ${organisation})`.execute(db),
  )
  return rows
}

/** A vulnerability of an operator, by the keyed digest of its CVE id. */
export interface TaggedCve {
  readonly operator: OperatorId
  readonly tag: Buffer
}

/** Which of these are not under embargo at an instant: two people ended it, or a version that names it was public. */
export async function listEnded(tx: Tx, cves: readonly TaggedCve[], now: Date): Promise<TaggedCve[]> {
  if (cves.length === 0) return []
  const { rows } = await tx.asSystem((db) =>
    sql<TaggedCve>`select k.operator, k.tag from unnest(${cves.map(({ operator }) => operator)}::uuid[], ${cves.map(({ tag }) => tag)}::bytea[]) as k (operator, tag)
      where exists (select from embargo_end e where e.operator_id = k.operator and e.cve_tag = k.tag and e.confirmed_at <= ${now} and e.revoked_at is null)
        or exists (select from package_version v join release r on r.id = v.release_id
          where v.operator_id = k.operator and v.cve_tags && array[k.tag] and ${wasPublic(now)})`.execute(db),
  )
  return rows
}
