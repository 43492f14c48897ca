import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId } from '#platform/ids.ts'
import type { ApplicationId } from '#program/membership/applications/application.ts'

/** Files for one operator are counted one after another until the transaction ends. */
export async function lockUploads(tx: Tx, operator: OperatorId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`evidence of ${operator}`}, 0))`.execute(tx.db)
}

/** Bytes of evidence: of an application, of all of the operator that was not sent in, and from a network since an instant. */
export async function bytesOf(
  tx: Tx,
  {
    application,
    operator,
    network,
    since,
  }: { readonly application: ApplicationId; readonly operator: OperatorId; readonly network: string; readonly since: Date },
): Promise<{ readonly application: number; readonly unsent: number; readonly network: number }> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<{ application: number; unsent: number; network: number }>`select
      (select coalesce(sum(size), 0)::float8 from application_evidence where application_id = ${application}) as application,
      (select coalesce(sum(size), 0)::float8 from application_evidence where operator_id = ${operator} and submitted_at is null) as unsent,
      (select coalesce(sum(size), 0)::float8 from evidence_upload where network = ${network} and happened_at > ${since}) as network`.execute(db)
    return rows[0]!
  })
}

export async function insertUpload(
  tx: Tx,
  upload: { readonly id: Id<'evidence-upload'>; readonly operator: OperatorId; readonly network: string; readonly size: number; readonly at: Date },
): Promise<void> {
  const { id, operator, network, size, at } = upload
  await tx.asSystem(async (db) => {
    await db.insertInto('evidence_upload').values({ id, operator_id: operator, network, size, happened_at: at }).execute()
  })
}

/** Forgets from where files came before an instant. */
export async function deleteUploads(tx: Tx, before: Date): Promise<void> {
  await tx.db.deleteFrom('evidence_upload').where('happened_at', '<', before).execute()
}
