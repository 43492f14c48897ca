import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { activeAt } from '#program/membership/directory/active.ts'

/** A member that everybody may know of. */
export interface FeaturedMember {
  readonly name: string
  readonly link: string | null
  readonly protects: string
  readonly logo: string | null
}

/** The one condition under which anything of a member is public: it agreed, an officer approved, and the membership is active. */
// Each membership is found by its key: joined, it is read once per listing by whoever plans without statistics.
const featured = (now: Date) => sql`from listing l
    cross join lateral (select from membership m where m.organisation_id = l.organisation_id and m.operator_id = l.operator_id and ${activeAt(now)} offset 0) held
  where l.decision = 'approved' and l.ended_at is null`

export async function listFeatured(tx: Tx, operator: OperatorId, now: Date): Promise<FeaturedMember[]> {
  const { rows } = await sql<FeaturedMember>`select l.name, l.link, l.protects, encode(l.logo, 'hex') as logo ${featured(now)}
    and l.operator_id = ${operator} order by l.id`.execute(tx.db)
  return rows
}

/** The picture of a featured member; undefined for every other digest alike. */
export async function findFeaturedLogo(tx: Tx, digest: string, now: Date): Promise<ObjectId | undefined> {
  const { rows } = await sql<{ object_id: ObjectId }>`select g.object_id from listing_logo g where g.digest = ${Buffer.from(digest, 'hex')}
    and exists (select ${featured(now)} and l.logo = g.digest and l.organisation_id = g.organisation_id and l.operator_id = g.operator_id) limit 1`.execute(
    tx.db,
  )
  return rows[0]?.object_id
}
