import { sql, type RawBuilder } from 'kysely'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { Release } from '#program/releases/release.ts'
import { releaseColumns, toRelease, type ReleaseColumns, type ReleaseId } from '#program/releases/store.ts'

/** A release as it is now, which is not as it was first. */
export interface MovedRelease extends ReleaseColumns {
  readonly operator_id: OperatorId
  /** As GET /api/releases names it. */
  readonly key: string
  readonly kind: 'rule' | 'out-of-band' | 'moved'
  readonly moved_at: Date
  /** What it was first. */
  readonly first: Release
}

interface Row extends ReleaseColumns {
  readonly operator_id: OperatorId
  readonly moved_at: Date
  readonly root_id: ReleaseId
  readonly root_kind: MovedRelease['kind']
  readonly first: { readonly [column in keyof ReleaseColumns]: string }
}

/** Moved releases of an operator that are to come, or passed after an instant: as a whole, and packages on instants of their own. */
export function listMoved(tx: Tx, operator: OperatorId, from: Date): Promise<MovedRelease[]> {
  return list(sql`r.operator_id = ${operator} and r.instant >= ${from}`).then((query) => run(tx, query))
}

/**
 * Releases of the rule that were moved as a whole, of the operators whose active member the organisation is: the calendar is known
 * to all members, whatever is on it. That packages were moved on their own is told nobody here.
 */
export function listMovedForMember(tx: Tx, { organisation }: Pick<ContactActor, 'organisation'>, from: Date): Promise<MovedRelease[]> {
  const member = sql`exists (select from membership m where m.operator_id = r.operator_id and m.organisation_id = ${organisation} and m.state = 'active'
    and m.created_at <= ${from} and (m.until is null or ${from} < m.until))`
  return list(sql`o.kind = 'rule' and r.instant > ${from} and ${member}`).then((query) => tx.asSystem(() => run(tx, query)))
}

/** Releases of an operator's rule that were moved as a whole, by the key of what each was first, as each is now and since when. */
export async function listMovedOfRule(tx: Tx, operator: OperatorId): Promise<Map<string, { readonly release: Release; readonly at: Date }>> {
  const query = await list(sql`o.kind = 'rule' and r.operator_id = ${operator}`)
  const rows = await tx.asSystem(() => run(tx, query))
  return new Map(rows.map((row) => [row.key, { release: toRelease(row), at: row.moved_at }]))
}

async function list(where: RawBuilder<unknown>): Promise<RawBuilder<Row>> {
  return sql<Row>`select r.operator_id, ${releaseColumns}, r.confirmed_at as moved_at, o.id as root_id, o.kind as root_kind, to_jsonb(f) as first
    from release r join release o on o.id = coalesce(r.cycle_id, r.id) join release f on f.id = case when o.kind = 'moved' then o.moved_from else o.id end
    where r.kind = 'moved' and (r.id = o.id or r.moves_all) and ${where} and not exists (select from release n where n.moved_from = r.id and n.moves_all)
    order by r.instant, r.id`
}

async function run(tx: Tx, query: RawBuilder<Row>): Promise<MovedRelease[]> {
  const { rows } = await query.execute(tx.db)
  return rows.map(({ root_id: id, root_kind: kind, first, ...row }) => {
    const { zone, rule, calendar } = first
    const at = { instant: new Date(first.instant), validate_at: new Date(first.validate_at), advance_at: new Date(first.advance_at) }
    const release = toRelease({ zone, rule, calendar, ...at, entry_at: new Date(first.entry_at) })
    return { ...row, kind, key: kind === 'rule' ? release.instant.toISOString() : id, first: release }
  })
}
