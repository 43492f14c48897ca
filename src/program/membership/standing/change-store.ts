import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { CHANGE_KINDS, REVIEW_CAUSES } from '#program/membership/standing/contract.ts'
import type { Held } from '#program/membership/standing/membership-change.ts'

export type ChangeId = Id<'membership-change'>

export const changeRow = binder('membership_change', [
  'operator_id',
  'organisation_id',
  'kind',
  'before',
  'after',
  'reason',
  'evidence',
  'back_access',
  'cause',
  'review_id',
  'successor_id',
  'proposed_by',
  'proposed_at',
  'expires_at',
  'needs_second',
  'approved_by',
  'approved_at',
  'done_at',
  'closed_by',
  'closed_at',
])
export const historyRow = binder('membership_history', ['organisation_id', 'operator_id', 'since', 'tier', 'state', 'until', 'jurisdiction'])
export const bridgeRow = binder('membership_bridge', ['organisation_id', 'operator_id', 'change_id'])

export interface Member {
  readonly operator: OperatorId
  readonly organisation: OrganisationId
}

/** A change of one member's standing as it is stored, with the names of those who decided. */
export interface StoredChange {
  readonly id: ChangeId
  readonly operator_id: OperatorId
  readonly organisation_id: OrganisationId
  readonly organisation_name: string
  readonly kind: (typeof CHANGE_KINDS)[number]
  readonly before: Held
  readonly after: Held
  /** Sealed. */
  readonly reason: Buffer
  /** Sealed. */
  readonly evidence: Buffer | null
  readonly back_access: boolean
  readonly cause: (typeof REVIEW_CAUSES)[number] | null
  readonly review_id: ChangeId | null
  readonly successor_id: OrganisationId | null
  readonly proposed_by: PersonId
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly expires_at: Date
  readonly needs_second: boolean
  readonly approved_by: PersonId | null
  readonly approver_name: string | null
  readonly approved_at: Date | null
  readonly done_at: Date | null
  readonly closed_by: PersonId | null
  readonly closer_name: string | null
  readonly closed_at: Date | null
}

const select = sql`select c.*, o.name as organisation_name, p.name as proposer_name, a.name as approver_name, e.name as closer_name
  from membership_change c join organisation o on o.id = c.organisation_id join person p on p.id = c.proposed_by
    left join person a on a.id = c.approved_by left join person e on e.id = c.closed_by`

/** Changes of a member, the newest first. */
export async function listChanges(tx: Tx, { operator, organisation }: Member): Promise<StoredChange[]> {
  const { rows } = await sql<StoredChange>`${select} where c.operator_id = ${operator} and c.organisation_id = ${organisation}
    order by c.id desc limit 200`.execute(tx.db)
  return rows.map(revived)
}

/** A change of the operator's members; nobody else changes it until the transaction ends. */
export async function lockChange(tx: Tx, operator: OperatorId, id: ChangeId): Promise<StoredChange | undefined> {
  await sql`select 1 from membership_change where id = ${id} and operator_id = ${operator} for no key update`.execute(tx.db)
  const { rows } = await sql<StoredChange>`${select} where c.id = ${id} and c.operator_id = ${operator}`.execute(tx.db)
  return rows.map(revived)[0]
}

/** The review of a member that nobody has decided yet. */
export async function findOpenReview(tx: Tx, { operator, organisation }: Member): Promise<StoredChange | undefined> {
  const { rows } = await sql<StoredChange>`${select} where c.operator_id = ${operator} and c.organisation_id = ${organisation} and c.kind = 'review'
    and not exists (select from membership_change d where d.review_id = c.id and d.done_at is not null) order by c.id desc limit 1`.execute(tx.db)
  return rows.map(revived)[0]
}

export interface NewChange extends Member {
  readonly id: ChangeId
  readonly kind: StoredChange['kind']
  readonly before: Held
  readonly after: Held
  readonly reason: Buffer
  readonly evidence: Buffer | null
  readonly backAccess: boolean
  readonly cause: StoredChange['cause']
  readonly review: ChangeId | null
  readonly successor: OrganisationId | null
  readonly by: PersonId
  readonly at: Date
  readonly expiresAt: Date
  readonly needsSecond: boolean
}

export async function insertChange(tx: Tx, change: NewChange): Promise<void> {
  await tx.db
    .insertInto('membership_change')
    .values({
      id: change.id,
      operator_id: change.operator,
      organisation_id: change.organisation,
      kind: change.kind,
      before: JSON.stringify(change.before),
      after: JSON.stringify(change.after),
      reason: change.reason,
      evidence: change.evidence,
      back_access: change.backAccess,
      cause: change.cause,
      review_id: change.review,
      successor_id: change.successor,
      proposed_by: change.by,
      proposed_at: change.at,
      expires_at: change.expiresAt,
      needs_second: change.needsSecond,
    })
    .execute()
}

/** Without `by` one officer was enough. */
export async function setChangeDone(tx: Tx, id: ChangeId, at: Date, by: PersonId | undefined): Promise<void> {
  await tx.db
    .updateTable('membership_change')
    .set({ done_at: at, ...(by === undefined ? {} : { approved_by: by, approved_at: at }) })
    .where('id', '=', id)
    .execute()
}

export async function setChangeClosed(tx: Tx, id: ChangeId, at: Date, by: PersonId): Promise<void> {
  await tx.db.updateTable('membership_change').set({ closed_by: by, closed_at: at }).where('id', '=', id).execute()
}

/** Proposals of a member that have neither been carried out nor closed: all, or those of one kind that waited too long. Returns their ids. */
export async function listWaiting(tx: Tx, { operator, organisation }: Member, expired?: { kind: StoredChange['kind']; at: Date }): Promise<ChangeId[]> {
  const rows = await tx.db
    .selectFrom('membership_change')
    .select('id')
    .where('operator_id', '=', operator)
    .where('organisation_id', '=', organisation)
    .where('done_at', 'is', null)
    .where('closed_at', 'is', null)
    .$if(expired !== undefined, (query) => query.where('kind', '=', expired!.kind).where('expires_at', '<=', expired!.at))
    .execute()
  return rows.map(({ id }) => id as ChangeId)
}

/** JSON carries instants as text. */
function revived(row: StoredChange): StoredChange {
  const held = (value: Held): Held => ({ ...value, until: value.until === null ? null : new Date(value.until) })
  return { ...row, before: held(row.before), after: held(row.after) }
}
