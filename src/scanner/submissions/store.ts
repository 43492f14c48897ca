import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { SubmissionOptions } from '#scanner/submissions/contract.ts'
import type { Failure, SubmissionId, SubmissionRow, Summary, Wish } from '#scanner/submissions/submission.ts'

/** Which attempt runs is no evidence: `job`, `attempts` and `started_at` change without a leaf. */
export const submissionRow = binder('submission', [
  'operator_id',
  'organisation_id',
  'submitted_by',
  'submitted_at',
  'kind',
  'options',
  'parent',
  'depth',
  'tlp',
  'share',
  'sample',
  'sealed_name',
  'sha256',
  'size',
  'outcome',
  'type',
  'exploit',
  'cves',
  'report',
  'event',
  'failure',
  'finished_at',
  'deleted_by',
  'deleted_at',
])

/** A submission with the names of who handed it in; null where the reader may not know the person (any more). */
export interface ShownSubmission extends SubmissionRow {
  readonly person_name: string | null
  readonly organisation_name: string | null
}

const shown = sql`select s.*, p.name as person_name, o.name as organisation_name
  from submission s left join person p on p.id = s.submitted_by left join organisation o on o.id = s.organisation_id
  where s.deleted_at is null`

const visibleTo = (actor: PersonActor) =>
  actor.kind === 'operator' ? sql`s.operator_id = ${actor.operator}::uuid` : sql`s.organisation_id = ${actor.organisation}::uuid`

/** Submissions that the actor may see, the newest first, from after `before` on; with `parent` those that were found when that one was opened. */
export async function listSubmissions(
  tx: Tx,
  actor: PersonActor,
  limit: number,
  { before, parent }: { readonly before: string | undefined; readonly parent: SubmissionId | undefined },
): Promise<ShownSubmission[]> {
  const { rows } = await sql<ShownSubmission>`${shown} and ${visibleTo(actor)} and s.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid
    and (${parent ?? null}::uuid is null or s.parent = ${parent ?? null}::uuid) order by s.id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** A submission that the actor may see. */
export async function findSubmission(tx: Tx, actor: PersonActor, id: SubmissionId): Promise<ShownSubmission | undefined> {
  const { rows } = await sql<ShownSubmission>`${shown} and ${visibleTo(actor)} and s.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** A submission of the actor's own organisation; nobody else changes it until the transaction ends. */
export async function lockOwnSubmission(tx: Tx, actor: PersonActor, id: SubmissionId): Promise<SubmissionRow | undefined> {
  const { rows } = await sql<SubmissionRow>`select s.* from submission s where s.deleted_at is null and ${visibleTo(actor)} and s.id = ${id}::uuid
    for update`.execute(tx.db)
  return rows[0]
}

/** A submission that waits for its answer, for whoever scans it; nobody else changes it until the transaction ends. */
export async function lockOpenSubmission(tx: Tx, id: SubmissionId): Promise<SubmissionRow | undefined> {
  const { rows } = await sql<SubmissionRow>`select * from submission where id = ${id}::uuid and outcome is null and failure is null and deleted_at is null
    for update`.execute(tx.db)
  return rows[0]
}

/** A submission that was scanned and is being opened in environments; nobody else changes it until the transaction ends. */
export async function lockDetonatingSubmission(tx: Tx, id: SubmissionId): Promise<SubmissionRow | undefined> {
  const { rows } = await sql<SubmissionRow>`select * from submission where id = ${id}::uuid and outcome is not null and finished_at is null
    and deleted_at is null for update`.execute(tx.db)
  return rows[0]
}

/** A submission that is being opened in environments. */
export async function findDetonatingSubmission(tx: Tx, id: SubmissionId): Promise<SubmissionRow | undefined> {
  const { rows } = await sql<SubmissionRow>`select * from submission where id = ${id}::uuid and outcome is not null and finished_at is null
    and deleted_at is null`.execute(tx.db)
  return rows[0]
}

/** A submission that has ended, with an answer or given up; nobody else changes it until the transaction ends. */
export async function lockEndedSubmission(tx: Tx, id: SubmissionId): Promise<SubmissionRow | undefined> {
  const { rows } = await sql<SubmissionRow>`select * from submission where id = ${id}::uuid and finished_at is not null and deleted_at is null
    for update`.execute(tx.db)
  return rows[0]
}

/** Submissions that were found when this one was opened and are not deleted; nobody else changes them until the transaction ends. */
export async function lockChildren(tx: Tx, parent: SubmissionId): Promise<SubmissionRow[]> {
  const { rows } = await sql<SubmissionRow>`select * from submission where parent = ${parent}::uuid and deleted_at is null order by id for update`.execute(
    tx.db,
  )
  return rows
}

/** Digests of a submission and of all that it was found in. */
export async function listLineage(tx: Tx, id: SubmissionId): Promise<string[]> {
  const { rows } = await sql<{ sha256: string }>`with recursive line as (
      select id, parent, sha256 from submission where id = ${id}::uuid
      union all select s.id, s.parent, s.sha256 from submission s join line on s.id = line.parent)
    select sha256 from line where sha256 is not null`.execute(tx.db)
  return rows.map(({ sha256 }) => sha256)
}

/** The wishes of everybody who handed in these bytes for this operator, in whatever state their submissions are. */
export async function listWishes(tx: Tx, operator: OperatorId, sha256: string): Promise<Wish[]> {
  const { rows } = await sql<Wish>`select tlp, share from submission
    where operator_id = ${operator}::uuid and sha256 = ${sha256} and deleted_at is null`.execute(tx.db)
  return rows
}

/** Submissions from before `limit` that still have no answer. */
export async function listOverdue(tx: Tx, limit: Date): Promise<SubmissionId[]> {
  const { rows } = await sql<{ id: SubmissionId }>`select id from submission
    where outcome is null and failure is null and deleted_at is null and submitted_at < ${limit} order by id`.execute(tx.db)
  return rows.map(({ id }) => id)
}

/** Submissions that are being opened in environments and got their static answer before `limit`, with when the first environment was planned. */
export async function listUnfinished(tx: Tx, limit: Date): Promise<{ id: SubmissionId; since: Date }[]> {
  const { rows } = await sql<{
    id: SubmissionId
    since: Date
  }>`select s.id, min(d.planned_at) as since from submission s join detonation d on d.submission_id = s.id
    where s.outcome is not null and s.finished_at is null and s.deleted_at is null group by s.id having min(d.planned_at) < ${limit} order by s.id`.execute(
    tx.db,
  )
  return rows
}

/** How many submissions of the actor's organisation have no answer yet. */
export async function countOpen(tx: Tx, actor: PersonActor): Promise<number> {
  const own =
    actor.kind === 'operator' ? sql`operator_id = ${actor.operator}::uuid and organisation_id is null` : sql`organisation_id = ${actor.organisation}::uuid`
  const { rows } = await sql<{ open: number }>`select count(*)::integer as open from submission
    where ${own} and failure is null and finished_at is null and deleted_at is null`.execute(tx.db)
  return rows[0]!.open
}

/** Lets one transaction after the other add submissions of the actor's organisation. */
export async function takeTurn(tx: Tx, actor: PersonActor): Promise<void> {
  const whose = actor.kind === 'operator' ? actor.operator : actor.organisation
  await sql`select pg_advisory_xact_lock(hashtextextended(${`submissions of ${whose}`}, 0))`.execute(tx.db)
}

/** Operators of which an organisation is an active member whose membership has not lapsed, in a stable order. */
export async function listActiveOperators(tx: Tx, organisation: OrganisationId): Promise<OperatorId[]> {
  const rows = await tx.db
    .selectFrom('membership')
    .select('operator_id')
    .where('organisation_id', '=', organisation)
    .where('state', '=', 'active')
    .where(sql<boolean>`(until is null or current_instant() < until)`)
    .orderBy('operator_id')
    .execute()
  return rows.map((row) => row.operator_id as OperatorId)
}

export interface NewSubmission {
  readonly id: SubmissionId
  readonly operator: OperatorId
  readonly organisation: OrganisationId | null
  readonly person: PersonId
  readonly at: Date
  readonly kind: SubmissionRow['kind']
  readonly options: SubmissionOptions
  readonly tlp: TlpLabel
  readonly share: boolean
  readonly sample: { readonly id: ObjectId; readonly sha256: string; readonly size: number }
  readonly sealedName: Buffer | null
  /** What was opened when this was found, and how far from what somebody handed in. */
  readonly parent?: SubmissionId
  readonly depth?: number
}

/** False when the same is there already; one that another transaction is about to add is waited for. */
export async function insertSubmission(tx: Tx, submission: NewSubmission): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('submission')
    .values({
      id: submission.id,
      operator_id: submission.operator,
      organisation_id: submission.organisation,
      submitted_by: submission.person,
      submitted_at: submission.at,
      kind: submission.kind,
      options: JSON.stringify(submission.options),
      tlp: submission.tlp,
      share: submission.share,
      sample: submission.sample.id,
      sealed_name: submission.sealedName,
      sha256: submission.sample.sha256,
      size: submission.sample.size,
      parent: submission.parent ?? null,
      depth: submission.depth ?? 0,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

/** What `insertSubmission` found in its place. */
export async function findSame(
  tx: Tx,
  { operator, organisation, sample, tlp, share, kind, options, parent }: NewSubmission,
): Promise<SubmissionId | undefined> {
  const { rows } = await sql<{ id: SubmissionId }>`select id from submission where operator_id = ${operator}::uuid
    and organisation_id is not distinct from ${organisation}::uuid and sha256 = ${sample.sha256} and tlp = ${tlp} and share = ${share}
    and kind = ${kind} and options = ${JSON.stringify(options)}::jsonb and parent is not distinct from ${parent ?? null}::uuid
    and failure is null and outcome is distinct from 'not-scanned'`.execute(tx.db)
  return rows[0]?.id
}

export async function setJob(tx: Tx, id: SubmissionId, job: string): Promise<void> {
  await tx.db.updateTable('submission').set({ job }).where('id', '=', id).execute()
}

export async function markStarted(tx: Tx, id: SubmissionId, attempts: number, at: Date): Promise<void> {
  await tx.db.updateTable('submission').set({ started_at: at, attempts }).where('id', '=', id).execute()
}

/** Back to the queue: the attempt that was about to end did not count. */
export async function markGivenBack(tx: Tx, id: SubmissionId): Promise<void> {
  await sql`update submission set started_at = null, attempts = attempts - 1 where id = ${id}::uuid`.execute(tx.db)
}

/** `event` and `at` are null while it is opened in environments. */
export async function markScanned(
  tx: Tx,
  id: SubmissionId,
  { outcome, type, exploit, cves }: Summary,
  { report, event, at }: { readonly report: ObjectId; readonly event: Id<'event'> | null; readonly at: Date | null },
): Promise<void> {
  await tx.db
    .updateTable('submission')
    .set({ outcome, type, exploit, cves: [...cves], report, event, finished_at: at })
    .where('id', '=', id)
    .execute()
}

/** The last detonation has ended; `event` is null where nothing may be told. */
export async function markFinished(tx: Tx, id: SubmissionId, event: Id<'event'> | null, at: Date): Promise<void> {
  await tx.db.updateTable('submission').set({ event, finished_at: at }).where('id', '=', id).execute()
}

export async function setEvent(tx: Tx, id: SubmissionId, event: Id<'event'>): Promise<void> {
  await tx.db.updateTable('submission').set({ event }).where('id', '=', id).execute()
}

export async function markFailed(tx: Tx, id: SubmissionId, failure: Failure, at: Date): Promise<void> {
  await tx.db.updateTable('submission').set({ failure, finished_at: at }).where('id', '=', id).execute()
}

/** Forgets everything that came from the file; who handed something in, and who deleted it when, stays. */
export async function markDeleted(tx: Tx, id: SubmissionId, person: PersonId, at: Date): Promise<void> {
  const forgotten = { sample: null, sealed_name: null, sha256: null, size: null, outcome: null, type: null, exploit: null, report: null, event: null }
  await tx.db
    .updateTable('submission')
    .set({ ...forgotten, cves: [], deleted_by: person, deleted_at: at })
    .where('id', '=', id)
    .execute()
}
