import { sql } from 'kysely'
import { binder, type Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Member } from '#program/membership/standing/change-store.ts'
import type { StoredMember } from '#program/membership/standing/standing-store.ts'

const row = binder('lapse_notice', ['sent_at'])

export interface LapseNotice {
  /** The day on which a renewal is due, or the end of the membership. */
  readonly what: 'due' | 'until'
  readonly instant: Date
  readonly days: number
}

/** Memberships that end unless they are renewed. */
export async function listLapsing(tx: Tx): Promise<StoredMember[]> {
  const { rows } = await sql<StoredMember>`select m.organisation_id as organisation, m.operator_id as operator, o.name, o.kind, m.tier, m.state, m.until,
      m.jurisdiction, m.created_at as since
    from membership m join organisation o on o.id = m.organisation_id
    where m.state <> 'terminated' and m.until is not null order by m.operator_id, m.organisation_id`.execute(tx.db)
  return rows
}

/** False when it was sent before. */
export async function insertLapseNotice(
  tx: Tx,
  { operator, organisation }: Member,
  { what, instant, days, at }: LapseNotice & { readonly at: Date },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('lapse_notice')
    .values({ organisation_id: organisation, operator_id: operator, what, instant, days, sent_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export function lapseNoticeRow({ operator, organisation }: Member, { what, instant, days }: LapseNotice): Binding {
  return row({ organisation_id: organisation, operator_id: operator, what, instant: instant.toISOString(), days: String(days) })
}
