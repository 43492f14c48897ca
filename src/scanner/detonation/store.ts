import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { Detonation, EndState, Environment } from '#scanner/detonation/contract.ts'
import type { Planned } from '#scanner/detonation/plan.ts'
import type { DetonationId } from '#scanner/detonation/queue.ts'
import { printable } from '#scanner/formats/bytes.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'
import type { Exploit } from '#scanner/verdict/contract.ts'

export const resultRow = binder('detonation_result', ['submission_id', 'operator_id', 'end_state', 'why_ended', 'dwell_ms', 'report', 'held'])
export const behaviourRow = binder('submission_behaviour', ['operator_id', 'exploit', 'cves', 'report', 'embargoed', 'joined_at'])

/** Why a detonation has no result. */
export type DetonationFailure = 'NO_ENVIRONMENT' | 'NOT_PERMITTED' | 'DETONATION_FAILED' | 'DEADLINE' | 'CANCELLED'
export type WaitsFor = 'machine' | 'memory' | 'environment'

export interface DetonationRow {
  readonly id: DetonationId
  readonly submission_id: SubmissionId
  readonly operator_id: OperatorId
  readonly described: Environment
  readonly macros: boolean
  readonly check_heap: boolean
  readonly egress: Detonation['options']['egress']
  readonly run: 1 | 2
  readonly planned_at: Date
  readonly job: string | null
  readonly attempts: number
  readonly waits_for: WaitsFor | null
  readonly refused_since: Date | null
  readonly started_at: Date | null
  readonly happenings: number
  readonly ended_at: Date | null
  readonly failure: DetonationFailure | null
}

/** A detonation with what came of it; the columns of its result are null before it ended, where it failed, and where the reader may not know. */
export interface ShownDetonation extends DetonationRow {
  readonly end_state: EndState | null
  readonly why_ended: string | null
  readonly dwell_ms: number | null
  readonly report: ObjectId | null
}

/** False where the same is planned already. */
export async function insertDetonation(
  tx: Tx,
  { id, submission, operator, at }: { readonly id: DetonationId; readonly submission: SubmissionId; readonly operator: OperatorId; readonly at: Date },
  { environment, macros, checkHeap, egress, run }: Planned,
): Promise<boolean> {
  const options = { macros, check_heap: checkHeap, egress, run }
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('detonation')
    .values({
      id,
      submission_id: submission,
      operator_id: operator,
      environment: environment.name,
      described: JSON.stringify(environment),
      ...options,
      planned_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export async function setDetonationJob(tx: Tx, id: DetonationId, job: string): Promise<void> {
  await tx.db.updateTable('detonation').set({ job }).where('id', '=', id).execute()
}

/** A detonation without an end; nobody else changes it until the transaction ends. */
export async function lockOpenDetonation(tx: Tx, id: DetonationId): Promise<DetonationRow | undefined> {
  const { rows } = await sql<DetonationRow>`select * from detonation where id = ${id}::uuid and ended_at is null for update`.execute(tx.db)
  return rows[0]
}

/** A detonation without an end. */
export async function findOpenDetonation(tx: Tx, id: DetonationId): Promise<DetonationRow | undefined> {
  const { rows } = await sql<DetonationRow>`select * from detonation where id = ${id}::uuid and ended_at is null`.execute(tx.db)
  return rows[0]
}

/** Those of a submission that have no end, in a stable order; nobody else changes them until the transaction ends. */
export async function lockOpenDetonations(tx: Tx, submission: SubmissionId): Promise<DetonationRow[]> {
  const { rows } = await sql<DetonationRow>`select * from detonation where submission_id = ${submission}::uuid and ended_at is null
    order by id for update`.execute(tx.db)
  return rows
}

export async function markWaiting(tx: Tx, id: DetonationId, waitsFor: WaitsFor | null): Promise<void> {
  await tx.db.updateTable('detonation').set({ waits_for: waitsFor }).where('id', '=', id).execute()
}

export async function markDetonating(tx: Tx, id: DetonationId, attempts: number, at: Date): Promise<void> {
  await tx.db.updateTable('detonation').set({ attempts, started_at: at, waits_for: null, happenings: 0 }).where('id', '=', id).execute()
}

/** The driver that has its environment does not open it there; since when. */
export async function markRefused(tx: Tx, id: DetonationId, at: Date): Promise<void> {
  await sql`update detonation set refused_since = coalesce(refused_since, ${at}) where id = ${id}::uuid`.execute(tx.db)
}

/** Back to the queue: this attempt does not count. Does nothing once another has begun. */
export async function markDetonationGivenBack(tx: Tx, id: DetonationId, attempt: number): Promise<void> {
  await sql`update detonation set started_at = null, attempts = attempts - 1
    where id = ${id}::uuid and attempts = ${attempt} and ended_at is null`.execute(tx.db)
}

export async function markSeen(tx: Tx, id: DetonationId, happenings: number): Promise<void> {
  await sql`update detonation set happenings = ${happenings} where id = ${id}::uuid and ended_at is null`.execute(tx.db)
}

export async function markDetonationEnded(tx: Tx, id: DetonationId, at: Date, failure: DetonationFailure | null): Promise<void> {
  await tx.db.updateTable('detonation').set({ ended_at: at, failure, waits_for: null }).where('id', '=', id).execute()
}

export async function insertResult(
  tx: Tx,
  { id, submission_id, operator_id }: DetonationRow,
  { end, why_ended, dwell_ms, happenings }: Detonation,
  { report, held }: { readonly report: ObjectId; readonly held: boolean },
): Promise<void> {
  await tx.db
    .insertInto('detonation_result')
    .values({ detonation_id: id, submission_id, operator_id, end_state: end, why_ended: printable(why_ended, 500), dwell_ms, report, held })
    .execute()
  await tx.db.updateTable('detonation').set({ happenings: happenings.length }).where('id', '=', id).execute()
}

export interface NewArtefact {
  readonly sha256: string
  readonly object: ObjectId
  readonly size: number
  readonly picture: boolean
  /** The picture as Vedette drew it anew. */
  readonly shown: ObjectId | null
}

export async function insertArtefact(tx: Tx, { id, operator_id }: DetonationRow, artefact: NewArtefact): Promise<void> {
  await tx.db
    .insertInto('detonation_artefact')
    .values({ detonation_id: id, operator_id, ...artefact })
    .execute()
}

/** All of a submission, as the reader may know them, in the order in which they were planned. */
export async function listDetonations(tx: Tx, submission: SubmissionId): Promise<ShownDetonation[]> {
  const { rows } = await sql<ShownDetonation>`select d.*, r.end_state, r.why_ended, r.dwell_ms, r.report
    from detonation d left join detonation_result r on r.detonation_id = d.id
    where d.submission_id = ${submission}::uuid order by d.id`.execute(tx.db)
  return rows
}

/** The detonations of a submission, counted. */
export interface RunCounts {
  readonly planned: number
  readonly failed: number
  /** One of them has a result that the reader is not shown. */
  readonly held: boolean
}

/** Of these submissions those that were to be opened anywhere, with how many of their detonations came to what, as far as the reader may know. */
export async function countRuns(tx: Tx, submissions: readonly SubmissionId[]): Promise<ReadonlyMap<SubmissionId, RunCounts>> {
  if (submissions.length === 0) return new Map()
  const { rows } = await sql<RunCounts & { id: SubmissionId }>`select d.submission_id as id, count(*)::integer as planned, count(d.failure)::integer as failed,
      bool_or(d.ended_at is not null and d.failure is null and r.end_state is null) as held
    from detonation d left join detonation_result r on r.detonation_id = d.id
    where d.submission_id = any(${pgArray(submissions)}::uuid[]) group by d.submission_id`.execute(tx.db)
  return new Map(rows.map(({ id, ...counts }) => [id, counts]))
}

export type ArtefactRow = NewArtefact

export async function findArtefact(tx: Tx, submission: SubmissionId, id: DetonationId, sha256: string): Promise<ArtefactRow | undefined> {
  const { rows } = await sql<ArtefactRow>`select a.sha256, a.object, a.size, a.picture, a.shown from detonation_artefact a
    join detonation_result r on r.detonation_id = a.detonation_id
    where r.submission_id = ${submission}::uuid and a.detonation_id = ${id}::uuid and a.sha256 = ${sha256}`.execute(tx.db)
  return rows[0]
}

/** All that one detonation left, where the reader may know it. */
export async function listArtefacts(tx: Tx, submission: SubmissionId, id: DetonationId): Promise<ArtefactRow[]> {
  const { rows } = await sql<ArtefactRow>`select a.sha256, a.object, a.size, a.picture, a.shown from detonation_artefact a
    join detonation_result r on r.detonation_id = a.detonation_id
    where r.submission_id = ${submission}::uuid and a.detonation_id = ${id}::uuid order by a.sha256`.execute(tx.db)
  return rows
}

/** Files that the detonations of a submission left, by their hashes; pictures are none. */
export async function findKept(tx: Tx, submission: SubmissionId): Promise<ReadonlyMap<string, ArtefactRow>> {
  const { rows } = await sql<ArtefactRow>`select distinct on (a.sha256) a.sha256, a.object, a.size, a.picture, a.shown from detonation_artefact a
    join detonation_result r on r.detonation_id = a.detonation_id
    where r.submission_id = ${submission}::uuid and not a.picture order by a.sha256`.execute(tx.db)
  return new Map(rows.map((row) => [row.sha256, row]))
}

/** From now on the submitter may know what was seen; gives the results that were held back. */
export async function unholdResults(tx: Tx, submission: SubmissionId): Promise<DetonationId[]> {
  const { rows } = await sql<{ id: DetonationId }>`update detonation_result set held = false where submission_id = ${submission}::uuid and held
    returning detonation_id as id`.execute(tx.db)
  return rows.map(({ id }) => id)
}

/** Current versions whose results are held back. */
export async function listHeldReactions(tx: Tx, submission: SubmissionId): Promise<{ line: string; environment: string }[]> {
  const { rows } = await sql<{ line: string; environment: string }>`select distinct d.environment, d.described->>'line' as line
    from detonation_result r join detonation d on d.id = r.detonation_id
    where r.submission_id = ${submission}::uuid and r.held and d.described->>'age' = 'current' order by d.environment limit 32`.execute(tx.db)
  return rows
}

export interface Behaviour {
  readonly exploit: Exploit
  readonly cves: readonly string[]
  readonly report: ObjectId
  readonly embargoed: boolean
}

export async function insertBehaviour(
  tx: Tx,
  { submission, operator, at }: { readonly submission: SubmissionId; readonly operator: OperatorId; readonly at: Date },
  { exploit, cves, report, embargoed }: Behaviour,
): Promise<void> {
  await tx.db
    .insertInto('submission_behaviour')
    .values({ submission_id: submission, operator_id: operator, exploit, cves: [...cves], report, embargoed, joined_at: at })
    .execute()
}

/** The joined verdicts of these submissions, as far as the reader may know them. */
export async function listBehaviours(tx: Tx, submissions: readonly SubmissionId[]): Promise<ReadonlyMap<SubmissionId, Behaviour>> {
  if (submissions.length === 0) return new Map()
  const { rows } = await sql<Behaviour & { submission_id: SubmissionId }>`select submission_id, exploit, cves, report, embargoed from submission_behaviour
    where submission_id = any(${pgArray(submissions)}::uuid[]) and report is not null`.execute(tx.db)
  return new Map(rows.map(({ submission_id, ...behaviour }) => [submission_id, behaviour]))
}

/** Gives the joined report of a submission that was embargoed and is no more; undefined where it was not. */
export async function liftEmbargo(tx: Tx, submission: SubmissionId): Promise<ObjectId | undefined> {
  const { rows } = await sql<{ report: ObjectId }>`update submission_behaviour set embargoed = false
    where submission_id = ${submission}::uuid and embargoed and report is not null returning report`.execute(tx.db)
  return rows[0]?.report
}

export interface Forgotten {
  readonly objects: readonly ObjectId[]
  readonly results: readonly DetonationId[]
  readonly behaviour: boolean
}

/**
 * Forgets all that environments showed of a submission; the empty rows that leaves speak of stay. Gives the objects to remove. Each delete and update waits
 * for whoever is about to add to what it forgets, since that holds the submission.
 */
export async function forgetDetonations(tx: Tx, submission: SubmissionId): Promise<Forgotten> {
  return tx.asSystem(async (db) => {
    const artefacts = await sql<{ object: ObjectId; shown: ObjectId | null }>`delete from detonation_artefact a using detonation_result r
      where r.detonation_id = a.detonation_id and r.submission_id = ${submission}::uuid returning a.object, a.shown`.execute(db)
    const results = await sql<{ id: DetonationId; report: ObjectId | null }>`with old as (select detonation_id, report from detonation_result
        where submission_id = ${submission}::uuid)
      update detonation_result r set end_state = null, why_ended = null, dwell_ms = null, report = null from old
      where old.detonation_id = r.detonation_id returning r.detonation_id as id, old.report`.execute(db)
    const behaviour = await sql<{ report: ObjectId | null }>`with old as (select report from submission_behaviour where submission_id = ${submission}::uuid)
      update submission_behaviour b set exploit = null, cves = '{}', report = null from old
      where b.submission_id = ${submission}::uuid returning old.report`.execute(db)
    await sql`delete from detonation where submission_id = ${submission}::uuid`.execute(db)
    const reports = [...results.rows, ...behaviour.rows].map(({ report }) => report)
    return {
      objects: [...artefacts.rows.flatMap(({ object, shown }) => [object, shown]), ...reports].filter((object) => object !== null),
      results: results.rows.map(({ id }) => id),
      behaviour: behaviour.rows.length > 0,
    }
  })
}

/** Which submissions these detonations are of, where the reader may know. */
export async function namesOf(tx: Tx, ids: readonly DetonationId[]): Promise<ReadonlyMap<DetonationId, { submission: SubmissionId; environment: string }>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: DetonationId; submission: SubmissionId; environment: string }>`select id, submission_id as submission, environment
    from detonation where id = any(${pgArray(ids)}::uuid[])`.execute(tx.db)
  return new Map(rows.map(({ id, submission, environment }) => [id, { submission, environment }]))
}

/** Detonations that wait, the longest first, as far as the reader may know them; no more than a page shows. */
export async function listWaiting(tx: Tx): Promise<(Pick<DetonationRow, 'submission_id' | 'waits_for' | 'planned_at'> & { environment: string })[]> {
  const { rows } = await sql<Pick<DetonationRow, 'submission_id' | 'waits_for' | 'planned_at'> & { environment: string }>`select submission_id, environment,
      waits_for, planned_at from detonation where ended_at is null and (started_at is null or waits_for is not null) order by planned_at, id limit 200`.execute(
    tx.db,
  )
  return rows
}
