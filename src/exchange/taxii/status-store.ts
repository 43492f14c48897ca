import { sql } from 'kysely'
import type { Credential, PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { Posted, Taken } from '#exchange/taxii/status.ts'

export type StatusId = Id<'taxii-status'>

export interface NewStatus extends Posted {
  readonly operator: OperatorId
  readonly collection: CollectionId
  readonly by: PersonActor
  /** Sealed bytes of an envelope that is taken in later; undefined for one that was taken in already. */
  readonly object: ObjectId | undefined
}

/** Keeps a status with what it has to say already, in one statement. */
export async function insertStatus(tx: Tx, status: NewStatus, taken: Pick<Taken, 'successes' | 'failures'> | undefined): Promise<void> {
  const { id, operator, collection, by, object, total, succeeded, failed, requestedAt: at } = status
  const organisation = organisationOf(by)
  const result = taken && { successes: JSON.stringify(taken.successes), failures: JSON.stringify(taken.failures) }
  await sql`with status as (
      insert into taxii_status (id, operator_id, organisation_id, collection_id, person_id, credential_kind, credential_id, object_id, total, taken,
        succeeded, failed, requested_at, touched_at, completed_at)
      values (${id}::uuid, ${operator}::uuid, ${organisation}::uuid, ${collection}::uuid, ${by.person}::uuid, ${by.credential.kind}, ${by.credential.id}::uuid,
        ${object ?? null}::uuid, ${total}, ${succeeded + failed}, ${succeeded}, ${failed}, ${at}, ${at}, ${object === undefined ? at : null}))
    insert into taxii_result (status_id, first, operator_id, organisation_id, successes, failures)
    select ${id}::uuid, 0, ${operator}::uuid, ${organisation}::uuid, ${result?.successes ?? null}::json, ${result?.failures ?? null}::json
    where ${result !== undefined}::boolean`.execute(tx.db)
}

/** In whose name somebody posts; null: the operator's. */
export function organisationOf(actor: PersonActor): OrganisationId | null {
  return actor.kind === 'contact' ? actor.organisation : null
}

/** The status of an envelope that the actor's organisation, or the operator, posted to the operator's root. */
export async function findStatus(tx: Tx, actor: PersonActor, operator: OperatorId, id: StatusId): Promise<Posted | undefined> {
  const row = await tx.db
    .selectFrom('taxii_status')
    .select(['id', 'total', 'succeeded', 'failed', 'requested_at'])
    .where('id', '=', id)
    .where('operator_id', '=', operator)
    .where(sql<boolean>`organisation_id is not distinct from ${organisationOf(actor)}::uuid`)
    .executeTakeFirst()
  return row && { id: row.id, total: row.total, succeeded: row.succeeded, failed: row.failed, requestedAt: row.requested_at }
}

/** What is known of the objects of an envelope, in their order. */
export async function listResults(tx: Tx, id: string): Promise<Pick<Taken, 'successes' | 'failures'>[]> {
  const rows = await tx.db.selectFrom('taxii_result').select(['successes', 'failures']).where('status_id', '=', id).orderBy('first').execute()
  return rows as unknown as Pick<Taken, 'successes' | 'failures'>[]
}

export interface Pending {
  readonly id: StatusId
  readonly operator_id: OperatorId
  readonly collection_id: CollectionId
  readonly person_id: PersonId
  readonly credential_kind: Credential['kind']
  readonly credential_id: string
  readonly object_id: ObjectId
  readonly total: number
  readonly taken: number
  readonly succeeded: number
  readonly failed: number
}

/** An envelope of which not everything was decided on yet. */
export async function findPending(tx: Tx, id: StatusId): Promise<Pending | undefined> {
  const row = await tx.db
    .selectFrom('taxii_status')
    .select(['id', 'operator_id', 'collection_id', 'person_id', 'credential_kind', 'credential_id', 'object_id', 'total', 'taken', 'succeeded', 'failed'])
    .where('id', '=', id)
    .where('completed_at', 'is', null)
    .executeTakeFirst()
  return row as Pending | undefined
}

/** Envelopes that nobody has worked on since. */
export async function listForgotten(tx: Tx, since: Date): Promise<StatusId[]> {
  const rows = await tx.db.selectFrom('taxii_status').select('id').where('completed_at', 'is', null).where('touched_at', '<', since).execute()
  return rows.map(({ id }) => id as StatusId)
}

/** How far an envelope is: of so many objects it was decided. */
export type Progress = Pick<Pending, 'taken' | 'succeeded' | 'failed'>

/** How far it is; nobody else goes on until the transaction ends. Undefined when all were taken. */
export async function lockPending(tx: Tx, id: StatusId): Promise<Progress | undefined> {
  const open = tx.db.selectFrom('taxii_status').where('id', '=', id).where('completed_at', 'is', null)
  return open.select(['taken', 'succeeded', 'failed']).forNoKeyUpdate().executeTakeFirst()
}

/** Notes a piece. Returns whether it was the last. */
export async function keepTaken(tx: Tx, pending: Pick<Pending, 'id'>, taken: Taken, at: Date): Promise<boolean> {
  const { rows } = await sql<{ done: boolean }>`with status as (
      update taxii_status set taken = taken + ${taken.count}::integer, succeeded = succeeded + ${taken.count - taken.failed}::integer,
        failed = failed + ${taken.failed}::integer, touched_at = ${at},
        completed_at = case when taken + ${taken.count}::integer = total then ${at}::timestamptz end,
        object_id = case when taken + ${taken.count}::integer = total then null else object_id end
      where id = ${pending.id}::uuid returning *),
    result as (insert into taxii_result (status_id, first, operator_id, organisation_id, successes, failures)
      select id, taken - ${taken.count}::integer, operator_id, organisation_id, ${JSON.stringify(taken.successes)}::json, ${JSON.stringify(taken.failures)}::json from status)
    select completed_at is not null as done from status`.execute(tx.db)
  return rows[0]!.done
}

/** Forgets what was complete before an instant. */
export async function deleteStatuses(tx: Tx, before: Date): Promise<void> {
  await tx.db.deleteFrom('taxii_status').where('completed_at', '<', before).execute()
}
