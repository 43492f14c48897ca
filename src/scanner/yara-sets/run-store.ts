import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'
import type { YaraSetId } from '#scanner/yara-sets/yara-set.ts'

interface NewRun {
  readonly submission: SubmissionId
  readonly operator: OperatorId
  readonly results: ObjectId
}

export async function insertRun(tx: Tx, { submission, operator, results }: NewRun): Promise<void> {
  await tx.db.insertInto('yara_run').values({ submission_id: submission, operator_id: operator, results }).execute()
}

interface NewMatch {
  readonly submission: SubmissionId
  readonly set: YaraSetId
  readonly operator: OperatorId
  readonly owner: OrganisationId | null
  readonly tlp: TlpLabel
  readonly technique: boolean
}

export async function insertMatch(tx: Tx, { submission, set, operator, owner, tlp, technique }: NewMatch): Promise<void> {
  await tx.db
    .insertInto('yara_match')
    .values({ submission_id: submission, yara_set_id: set, operator_id: operator, organisation_id: owner, tlp, technique })
    .execute()
}

/** How sets are marked now; nobody marks them otherwise until the transaction ends. Ids in their order: whoever locks several does so. */
export async function lockMarkings(tx: Tx, ids: readonly YaraSetId[]): Promise<ReadonlyMap<YaraSetId, TlpLabel>> {
  const { rows } = await sql<{ id: YaraSetId; tlp: TlpLabel }>`select id, tlp from yara_set where id = any(${pgArray(ids)}::uuid[])
    order by id for share`.execute(tx.db)
  return new Map(rows.map(({ id, tlp }) => [id, tlp]))
}

/** Deletes what is kept of a submission's run, and gives the object to remove; undefined where there is none. */
export async function deleteRun(tx: Tx, submission: SubmissionId): Promise<ObjectId | undefined> {
  return tx.asSystem(async (db) => {
    await db.deleteFrom('yara_match').where('submission_id', '=', submission).execute()
    const row = await db.deleteFrom('yara_run').where('submission_id', '=', submission).returning('results').executeTakeFirst()
    return row?.results as ObjectId | undefined
  })
}

export async function findResults(tx: Tx, submission: SubmissionId): Promise<ObjectId | undefined> {
  const row = await tx.db.selectFrom('yara_run').select('results').where('submission_id', '=', submission).executeTakeFirst()
  return row?.results as ObjectId | undefined
}

/** A set that a submission was matched against, as the row-level wall shows it to the reader; `known`: the set itself is shown, too. */
export interface MatchRow {
  readonly submission: SubmissionId
  readonly set: YaraSetId
  readonly operator: OperatorId
  readonly owner: OrganisationId | null
  readonly tlp: TlpLabel
  readonly technique: boolean
  readonly known: boolean
  readonly sealed_name: Buffer | null
}

export async function listMatches(tx: Tx, submissions: readonly SubmissionId[]): Promise<MatchRow[]> {
  if (submissions.length === 0) return []
  const { rows } = await sql<MatchRow>`select m.submission_id as submission, m.yara_set_id as set, m.operator_id as operator, m.organisation_id as owner,
      m.tlp, m.technique, s.id is not null as known, s.sealed_name
    from yara_match m left join yara_set s on s.id = m.yara_set_id
    where m.submission_id = any(${pgArray(submissions)}::uuid[]) order by m.submission_id, m.yara_set_id`.execute(tx.db)
  return rows
}
