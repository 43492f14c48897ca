import { sql } from 'kysely'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { endedAtOf } from '#program/embargo/ended-at.ts'
import { endsInForce } from '#program/embargo/end-store.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { knownToStaff } from '#program/packages/known-version.ts'
import { selectVersions, type StoredVersion } from '#program/packages/store.ts'

/** When what a package says of detection opens to each tier: its frozen windows, or the early end of its embargo where that came before. */
export interface PackageOpening {
  readonly validate: Date
  readonly advance: Date
  readonly entry: Date
  /** The release. */
  readonly release: Date
  /** IANA name of the zone in which people read these instants. */
  readonly zone: string
}

/**
 * When a package of the operator's opens, by its newest version that is on a release. Undefined for a package that there is none of, that this
 * person may not know of, or that is on no release (also once it was pulled or deferred).
 */
export async function findOpening(app: App, tx: Tx, actor: OperatorActor, id: string): Promise<PackageOpening | undefined> {
  const row = (await listOnRelease(tx, actor.operator, [id]))[0]
  if (!row || !knownToStaff(app, actor, row, app.clock.now())) return undefined
  return openingOf(app, tx, row)
}

/** The same of several packages as the program itself, by package; those that are on no release are missing. */
export async function listOpenings(app: App, tx: Tx, operator: OperatorId, ids: readonly string[]): Promise<Map<string, PackageOpening>> {
  const openings = new Map<string, PackageOpening>()
  for (const row of await listOnRelease(tx, operator, ids)) {
    const opening = await openingOf(app, tx, row)
    if (opening) openings.set(row.package_id, opening)
  }
  return openings
}

async function listOnRelease(tx: Tx, operator: OperatorId, ids: readonly string[]): Promise<StoredVersion[]> {
  const { rows } = await sql<StoredVersion>`${selectVersions} where v.operator_id = ${operator} and v.package_id = any(${[...ids] as PackageId[]}::uuid[])
    and v.state in ('scheduled', 'released', 'withdrawn') and not exists (select from package_version n where n.package_id = v.package_id
      and n.version > v.version and n.state in ('scheduled', 'released', 'withdrawn'))`.execute(tx.db)
  return rows
}

async function openingOf(app: App, tx: Tx, row: StoredVersion): Promise<PackageOpening | undefined> {
  const { validate_at: validate, advance_at: advance, entry_at: entry, instant, zone } = row
  if (!validate || !advance || !entry || !instant || !zone) return undefined
  const ended = endedAtOf(row, await endsInForce(tx, row.operator_id, row.cve_tags ?? [], app.clock.now()))
  const early = (at: Date) => (ended && ended < at ? ended : at)
  return { validate: early(validate), advance: early(advance), entry: early(entry), release: early(instant), zone }
}
