import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { ApplicationState } from '#program/membership/applications/contract.ts'
import type { ApplicationId } from '#program/membership/applications/application.ts'
import type { Tier } from '#program/membership/contract.ts'
import type { ApplicantKind } from '#program/membership/criteria/criterion.ts'
import type { StoredCriterion } from '#program/membership/criteria/set-store.ts'

/** A draft is no evidence: its text, its version and when it was saved change without a leaf. */
export const applicationRow = binder('application', [
  'operator_id',
  'organisation_id',
  'kind',
  'state',
  'email_digest',
  'set_id',
  'criteria',
  'answers_version',
  'submitted_at',
  'withdrawn_at',
  'tier',
  'jurisdiction',
  'reason',
  'internal_note',
  'decided_by',
  'decided_at',
  'member_id',
])
export const answersRow = binder('application_answers', ['operator_id', 'answers', 'sent_at'])

export interface ApplicationRow {
  readonly id: ApplicationId
  readonly operator_id: OperatorId
  readonly operator_name: string
  readonly organisation_id: OrganisationId | null
  readonly organisation_name: string | null
  readonly kind: ApplicantKind
  readonly state: ApplicationState
  readonly version: number
  readonly email: Buffer
  readonly draft: Buffer | null
  readonly saved_at: Date
  readonly set_id: string | null
  readonly criteria: readonly StoredCriterion[] | null
  readonly answers_version: number | null
  readonly submitted_at: Date | null
  readonly withdrawn_at: Date | null
  readonly tier: Tier | null
  readonly jurisdiction: string | null
  readonly reason: Buffer | null
  readonly internal_note: Buffer | null
  readonly decided_by: PersonId | null
  readonly decider_name: string | null
  readonly decided_at: Date | null
  readonly member_id: OrganisationId | null
}

const select = sql`select a.id, a.operator_id, op.name as operator_name, a.organisation_id, o.name as organisation_name, a.kind, a.state, a.version,
    a.email, a.draft, a.saved_at, a.set_id, a.criteria, a.answers_version, a.submitted_at, a.withdrawn_at, a.tier, a.jurisdiction, a.reason,
    a.internal_note, a.decided_by, p.name as decider_name, a.decided_at, a.member_id
  from application a join operator op on op.id = a.operator_id left join organisation o on o.id = a.organisation_id
    left join person p on p.id = a.decided_by`

/** An application that the transaction's actor sees. */
export async function findApplication(tx: Tx, id: string): Promise<ApplicationRow | undefined> {
  const { rows } = await sql<ApplicationRow>`${select} where a.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** The same; nobody else changes it until the transaction ends. */
export async function lockApplication(tx: Tx, id: string): Promise<ApplicationRow | undefined> {
  await sql`select 1 from application where id = ${id}::uuid for no key update`.execute(tx.db)
  return findApplication(tx, id)
}

/** The application that a link opens, and when the link was made. */
export async function findByLink(
  tx: Tx,
  hash: Buffer,
): Promise<{ readonly id: ApplicationId; readonly organisation_id: OrganisationId | null; readonly linked_at: Date; readonly saved_at: Date } | undefined> {
  const { rows } = await sql<{ id: ApplicationId; organisation_id: OrganisationId | null; linked_at: Date; saved_at: Date }>`
    select a.id, a.organisation_id, l.created_at as linked_at, a.saved_at from application_link l join application a on a.id = l.application_id
    where l.hash = ${hash}`.execute(tx.db)
  return rows[0]
}

/** The newest applications of an address with an operator, the open one first. */
export async function listOfAddress(tx: Tx, operator: OperatorId, kind: ApplicantKind, digest: Buffer): Promise<ApplicationRow[]> {
  const { rows } = await sql<ApplicationRow>`${select} where a.operator_id = ${operator} and a.kind = ${kind} and a.email_digest = ${digest}
      and a.organisation_id is null
    order by a.state in ('draft', 'in-review', 'clarifying') desc, a.id desc limit 1`.execute(tx.db)
  return rows
}

/** The application by which a member came in or was last renewed. */
export async function findLastAdmitted(tx: Tx, organisation: OrganisationId, operator: OperatorId): Promise<ApplicationRow | undefined> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<ApplicationRow>`${select} where a.operator_id = ${operator} and a.state = 'admitted'
        and coalesce(a.organisation_id, a.member_id) = ${organisation} order by a.decided_at desc, a.id desc limit 1`.execute(db)
    return rows[0]
  })
}

/** One renewal of a member with an operator is filed after the other, until the transaction ends. */
export async function lockFiling(tx: Tx, organisation: OrganisationId, operator: OperatorId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`renewal of ${organisation} with ${operator}`}, 0))`.execute(tx.db)
}

/** The renewal of a member that is not decided yet. */
export async function findOpenRenewal(tx: Tx, organisation: OrganisationId, operator: OperatorId): Promise<ApplicationRow | undefined> {
  const { rows } = await sql<ApplicationRow>`${select} where a.operator_id = ${operator} and a.organisation_id = ${organisation}
      and a.state in ('draft', 'in-review', 'clarifying')`.execute(tx.db)
  return rows[0]
}

export async function insertDraft(
  tx: Tx,
  draft: {
    readonly id: ApplicationId
    readonly operator: OperatorId
    readonly organisation: OrganisationId | null
    readonly kind: ApplicantKind
    readonly email: Buffer
    readonly digest: Buffer
    readonly draft: Buffer
    readonly at: Date
  },
): Promise<void> {
  const { id, operator, organisation, kind, email, digest, at } = draft
  await tx.db
    .insertInto('application')
    .values({
      id,
      operator_id: operator,
      organisation_id: organisation,
      kind,
      state: 'draft',
      version: 1,
      email,
      email_digest: digest,
      draft: draft.draft,
      created_at: at,
      saved_at: at,
    })
    .execute()
}

/** Links that one application has at a time; the oldest end. */
const MOST_LINKS = 20

export async function insertLink(
  tx: Tx,
  link: { readonly hash: Buffer; readonly application: ApplicationId; readonly operator: OperatorId; readonly at: Date },
) {
  const { hash, application, operator, at } = link
  await tx.asSystem(async (db) => {
    await db.insertInto('application_link').values({ hash, application_id: application, operator_id: operator, created_at: at }).execute()
    await sql`delete from application_link where hash in (select hash from application_link where application_id = ${application}
      order by created_at desc, hash offset ${MOST_LINKS})`.execute(db)
  })
}

export interface ApplicationChange {
  readonly state?: ApplicationState
  readonly draft?: Buffer
  readonly saved_at?: Date
  readonly set_id?: string
  /** JSON text. */
  readonly criteria?: string
  readonly answers_version?: number
  readonly submitted_at?: Date
  readonly withdrawn_at?: Date
  readonly tier?: Tier
  readonly jurisdiction?: string | null
  readonly reason?: Buffer
  readonly internal_note?: Buffer | null
  readonly decided_by?: PersonId
  readonly decided_at?: Date
  readonly member_id?: OrganisationId | null
}

/** Changes an application that the caller holds; what was read before is an earlier version from now on. */
export async function updateApplication(tx: Tx, { id, version }: Pick<ApplicationRow, 'id' | 'version'>, change: ApplicationChange): Promise<void> {
  await tx.db
    .updateTable('application')
    .set({ ...change, version: version + 1 })
    .where('id', '=', id)
    .execute()
}

export async function insertAnswers(
  tx: Tx,
  answers: { readonly application: ApplicationId; readonly version: number; readonly operator: OperatorId; readonly answers: Buffer; readonly at: Date },
): Promise<void> {
  const { application, version, operator, at } = answers
  await tx.db
    .insertInto('application_answers')
    .values({ application_id: application, version, operator_id: operator, answers: answers.answers, sent_at: at })
    .execute()
}

export async function findAnswers(tx: Tx, application: ApplicationId, version: number): Promise<Buffer | undefined> {
  const row = await tx.db
    .selectFrom('application_answers')
    .select('answers')
    .where('application_id', '=', application)
    .where('version', '=', version)
    .executeTakeFirst()
  return row?.answers
}

export interface ListedApplication extends ApplicationRow {
  readonly answers: Buffer
  readonly judged: number
}

/** Applications that were sent to the operator, the newest first, from after `before` on. */
export async function listApplications(
  tx: Tx,
  operator: OperatorId,
  { state, limit, before }: { readonly state: ApplicationState | undefined; readonly limit: number; readonly before: string | undefined },
): Promise<ListedApplication[]> {
  const { rows } = await sql<ListedApplication>`with listed as (${select} where a.operator_id = ${operator} and a.submitted_at is not null
      and (${state === undefined} or a.state = ${state ?? ''}) and a.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid
      order by a.id desc limit ${limit})
    select l.*, w.answers, (select count(*)::int from judgement j where j.application_id = l.id and j.ended_at is null and j.answers_version = l.answers_version) as judged
    from listed l join application_answers w on w.application_id = l.id and w.version = l.answers_version order by l.id desc`.execute(tx.db)
  return rows
}

export async function countByState(tx: Tx, operator: OperatorId): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ state: string; count: number }>`select state, count(*)::int as count from application
    where operator_id = ${operator} and submitted_at is not null group by state`.execute(tx.db)
  return new Map(rows.map(({ state, count }) => [state, count]))
}

/** Drafts that nobody saved or opened a link to since `limit`. */
export async function listForgotten(tx: Tx, limit: Date): Promise<ApplicationId[]> {
  const { rows } = await sql<{ id: ApplicationId }>`select id from application a where state = 'draft' and saved_at < ${limit}
    and not exists (select from application_link l where l.application_id = a.id and l.created_at >= ${limit}) order by id limit 1000`.execute(tx.db)
  return rows.map(({ id }) => id)
}

/** Forgets a draft, its links with it; its evidence is removed before. */
export async function deleteDraft(tx: Tx, id: ApplicationId): Promise<void> {
  await tx.asSystem(async (db) => {
    await db.deleteFrom('application_link').where('application_id', '=', id).execute()
    await db.deleteFrom('application').where('id', '=', id).where('state', '=', 'draft').execute()
  })
}

/** Every operator: each has a programme. */
export async function listOperators(tx: Tx): Promise<{ id: OperatorId; name: string }[]> {
  const rows = await tx.db.selectFrom('operator').select(['id', 'name']).orderBy('name').orderBy('id').limit(200).execute()
  return rows.map(({ id, name }) => ({ id: id as OperatorId, name }))
}

/** Administrators of a member who are not disabled. */
export async function listAdmins(tx: Tx, organisation: OrganisationId): Promise<PersonId[]> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<{ id: PersonId }>`select p.id from person p join role_grant g on g.person_id = p.id
      where p.organisation_id = ${organisation} and p.disabled_at is null and g.role = 'contact:admin' order by p.id`.execute(db)
    return rows.map(({ id }) => id)
  })
}
