import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import type { OpeningTier } from '#program/openings/contract.ts'
import type { WindowTier } from '#program/releases/programme.ts'
import { releaseColumns, toRelease, type ReleaseColumns } from '#program/releases/store.ts'
import type { Release } from '#program/releases/release.ts'

export const reminderRow = binder('window_reminder', ['operator_id', 'tier', 'opens_at', 'kind', 'told_at', 'told'])

/** Something that comes, and that people are reminded of. */
export interface Reminder {
  readonly tier: OpeningTier
  readonly opensAt: Date
  readonly kind: 'rule' | 'out-of-band'
}

export function reminderKey({ kind, tier, opensAt }: Reminder): string {
  return `${kind}/${tier}/${opensAt.toISOString()}`
}

export async function listOperators(tx: Tx): Promise<OperatorId[]> {
  return (await tx.db.selectFrom('operator').select('id').orderBy('id').execute()).map(({ id }) => id as OperatorId)
}

/** One at a time reminds the people of an operator. */
export async function holdReminders(tx: Tx, operator: OperatorId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('reminder/' || ${operator}::text, 0))`.execute(tx.db)
}

/** What was reminded of that is still to come, as `reminderKey` names it. */
export async function listReminded(tx: Tx, operator: OperatorId, now: Date): Promise<Set<string>> {
  const rows = await tx.db
    .selectFrom('window_reminder')
    .select(['kind', 'tier', 'opens_at'])
    .where('operator_id', '=', operator)
    .where('opens_at', '>=', now)
    .execute()
  return new Set(rows.map(({ kind, tier, opens_at: opensAt }) => reminderKey({ kind, tier, opensAt } as Reminder)))
}

export async function insertReminder(tx: Tx, reminded: { id: string; operator: OperatorId; reminder: Reminder; told: number; at: Date }): Promise<void> {
  const { id, operator, reminder, told, at } = reminded
  const { tier, opensAt, kind } = reminder
  await tx.db.insertInto('window_reminder').values({ id, operator_id: operator, tier, kind, opens_at: opensAt, told_at: at, told }).execute()
}

/** Releases to come that two publishers decided, each with its windows. */
export async function listConfirmedAhead(tx: Tx, operator: OperatorId, now: Date): Promise<Release[]> {
  const { rows } = await sql<ReleaseColumns>`select ${releaseColumns} from release r where r.operator_id = ${operator} and r.kind <> 'rule'
    and r.confirmed_at is not null and r.withdrawn_at is null and r.instant > ${now}
    and not exists (select from release n where n.moved_from = r.id and n.moves_all)`.execute(tx.db)
  return rows.map(toRelease)
}

/** Every contact of the active members of these tiers who is not disabled. */
export async function listMemberContacts(tx: Tx, operator: OperatorId, tiers: readonly WindowTier[], now: Date): Promise<PersonId[]> {
  const { rows } = await sql<{ id: PersonId }>`select p.id from person p join membership m on m.organisation_id = p.organisation_id
    where m.operator_id = ${operator} and m.tier = any(${tiers}::text[]) and m.state = 'active' and m.created_at <= ${now}
      and (m.until is null or m.until > ${now}) and p.disabled_at is null order by p.id`.execute(tx.db)
  return rows.map(({ id }) => id)
}

export async function listPublishers(tx: Tx, operator: OperatorId): Promise<PersonId[]> {
  const { rows } = await sql<{ id: PersonId }>`select p.id from person p join role_grant g on g.person_id = p.id
    where p.operator_id = ${operator} and g.role = 'operator:publisher' and p.disabled_at is null order by p.id`.execute(tx.db)
  return rows.map(({ id }) => id)
}
