import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { PROPOSAL_DAYS } from '#program/membership/standing/membership-change.ts'

export type DraftId = Id<'agreement-draft'>

export const draftRow = binder('agreement_draft', [
  'operator_id',
  'text',
  'sha256',
  'accept_days',
  'drafted_by',
  'drafted_at',
  'version',
  'issued_by',
  'issued_at',
  'closed_at',
])

export interface Draft {
  readonly id: DraftId
  readonly text: string
  readonly sha256: Buffer
  readonly accept_days: number
  readonly drafted_by: PersonId
  readonly drafter_name: string
  readonly drafted_at: Date
}

export interface Text {
  readonly operator_id: OperatorId
  readonly operator_name: string
  readonly version: number
  readonly sha256: Buffer
  readonly created_at: Date
  readonly accept_by: Date
}

export async function insertDraft(
  tx: Tx,
  draft: { id: DraftId; operator: OperatorId; text: string; sha256: Buffer; acceptDays: number; by: PersonId; at: Date },
): Promise<void> {
  const { id, operator, text, sha256, acceptDays, by, at } = draft
  await tx.db
    .insertInto('agreement_draft')
    .values({ id, operator_id: operator, text, sha256, accept_days: acceptDays, drafted_by: by, drafted_at: at })
    .execute()
}

/** Drafts that wait at an instant, the newest first: neither issued nor closed, nor older than a proposal gets. */
export async function listDrafts(tx: Tx, operator: OperatorId, now: Date): Promise<Draft[]> {
  const { rows } = await sql<Draft>`select d.id, d.text, d.sha256, d.accept_days, d.drafted_by, p.name as drafter_name, d.drafted_at
    from agreement_draft d join person p on p.id = d.drafted_by
    where d.operator_id = ${operator} and d.issued_at is null and d.closed_at is null
      and d.drafted_at > ${new Date(now.getTime() - PROPOSAL_DAYS * 86_400_000)} order by d.id desc`.execute(tx.db)
  return rows
}

/** A draft that waits; nobody else decides about it until the transaction ends. */
export async function lockDraft(tx: Tx, operator: OperatorId, id: DraftId, now: Date): Promise<Draft | undefined> {
  await sql`select 1 from agreement_draft where id = ${id} for no key update`.execute(tx.db)
  return (await listDrafts(tx, operator, now)).find((draft) => draft.id === id)
}

/** Puts in order whoever changes the operator's drafts and texts. */
export async function holdTexts(tx: Tx, operator: OperatorId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`agreement ${operator}`}, 0))`.execute(tx.db)
}

export async function setDraftIssued(tx: Tx, id: DraftId, issue: { version: number; by: PersonId; at: Date }): Promise<void> {
  const { version, by, at } = issue
  await tx.db.updateTable('agreement_draft').set({ version, issued_by: by, issued_at: at }).where('id', '=', id).execute()
}

export async function setDraftClosed(tx: Tx, id: DraftId, at: Date): Promise<void> {
  await tx.db.updateTable('agreement_draft').set({ closed_at: at }).where('id', '=', id).execute()
}

/** Texts that the actor may read, all operators', the newest first; without the words. */
export async function listTexts(tx: Tx): Promise<Text[]> {
  const { rows } = await sql<Text>`select a.operator_id, o.name as operator_name, a.version, a.sha256, a.created_at, a.accept_by
    from agreement a join operator o on o.id = a.operator_id order by o.name, a.operator_id, a.version desc`.execute(tx.db)
  return rows
}

/** One text with its words. */
export async function findText(tx: Tx, operator: OperatorId, version: number): Promise<(Text & { readonly text: string }) | undefined> {
  const { rows } = await sql<Text & { text: string }>`select a.operator_id, o.name as operator_name, a.version, a.sha256, a.created_at, a.accept_by, a.text
    from agreement a join operator o on o.id = a.operator_id where a.operator_id = ${operator} and a.version = ${version}`.execute(tx.db)
  return rows[0]
}

/** Operators of which an organisation is a member, terminated memberships left out. */
export async function operatorsOf(tx: Tx, organisation: OrganisationId): Promise<{ readonly id: OperatorId; readonly name: string }[]> {
  const { rows } = await sql<{ id: OperatorId; name: string }>`select o.id, o.name from membership m join operator o on o.id = m.operator_id
    where m.organisation_id = ${organisation} and m.state <> 'terminated' order by o.name, o.id`.execute(tx.db)
  return rows
}

export interface MemberRow {
  readonly id: OrganisationId
  readonly name: string
  readonly state: string
}

/** Members of an operator, terminated ones left out, the newest first, from after `before` on; or the one that is named. */
export async function listMembers(
  tx: Tx,
  operator: OperatorId,
  page: { limit: number; before?: string | undefined; only?: OrganisationId },
): Promise<MemberRow[]> {
  const { limit, before = 'ffffffff-ffff-ffff-ffff-ffffffffffff', only = null } = page
  const { rows } = await sql<MemberRow>`select o.id, o.name, m.state from membership m join organisation o on o.id = m.organisation_id
    where m.operator_id = ${operator} and m.state <> 'terminated' and o.id < ${before}::uuid and (${only}::uuid is null or o.id = ${only}::uuid)
    order by o.id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** Enabled admins of an operator's members, terminated ones left out; or of the one that is named. */
export async function listAdmins(tx: Tx, operator: OperatorId, only: OrganisationId | null = null) {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<{ id: PersonId; email: string | null }>`select p.id, p.email from membership m
        join person p on p.organisation_id = m.organisation_id join role_grant g on g.person_id = p.id and g.role = 'contact:admin'
      where m.operator_id = ${operator} and m.state <> 'terminated' and p.disabled_at is null
        and (${only}::uuid is null or m.organisation_id = ${only}::uuid) order by p.id`.execute(db)
    return rows
  })
}
