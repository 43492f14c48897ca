import { sql, type Insertable, type Updateable } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { Remote as RemoteTable, RemoteRun as RunTable } from '#platform/db/types.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { DIRECTIONS, LOGIN_SCHEMES, REMOTE_STATES, RUN_STATES } from '#exchange/remotes/contract.ts'
import type { FailureKind } from '#exchange/remotes/failure.ts'
import type { Manners } from '#exchange/remotes/remote-client.ts'
import type { Remark, Walk } from '#exchange/remotes/walk.ts'

export type RemoteId = Id<'remote'>
export type RunId = Id<'remote-run'>

/** What people decided about a remote. How far it is, and how it went, is no evidence: what came of it is, object by object. */
export const remoteRow = binder('remote', [
  'operator_id',
  'name',
  'direction',
  'api_root',
  'remote_collection',
  'login',
  'sealed_login',
  'login_set_at',
  'login_set_by',
  'ca',
  'collection_id',
  'interval_minutes',
  'filters',
  'unmarked',
  'audience',
  'state',
  'created_by',
  'created_at',
  'confirmed_by',
  'confirmed_at',
  'ended_at',
])

export interface Remote {
  readonly id: RemoteId
  readonly operator_id: OperatorId
  readonly name: string
  readonly direction: (typeof DIRECTIONS)[number]
  readonly api_root: string
  readonly remote_collection: string
  readonly remote_title: string
  readonly login: (typeof LOGIN_SCHEMES)[number]
  readonly sealed_login: Buffer | null
  readonly login_set_at: Date
  readonly login_set_by: PersonId
  readonly ca: string | null
  readonly collection_id: CollectionId
  readonly interval_minutes: number
  readonly filters: { readonly types: string[] }
  readonly unmarked: TlpLabel
  readonly audience: TlpLabel
  readonly state: (typeof REMOTE_STATES)[number]
  readonly created_by: PersonId
  readonly created_at: Date
  readonly confirmed_by: PersonId | null
  readonly confirmed_at: Date | null
  readonly failures: number
  readonly failing_since: Date | null
  readonly failure: FailureKind | null
  readonly last_success_at: Date | null
  readonly next_at: Date | null
  readonly run_id: RunId | null
  readonly walk: Walk
  readonly manners: Manners
  readonly remarks: Remark[]
  readonly max_content_length: number | null
  /** Microseconds since 1970. */
  readonly pushed_to: number | null
  /** Of an envelope that the remote server has not dealt with yet, with what it holds. */
  readonly push_status: string | null
  readonly push_under_way: UnderWay | null
  readonly added: number
  readonly refused: number
}

/** An envelope on its way: what it holds and up to which position. */
export interface UnderWay {
  readonly to: number
  readonly objects: number
  readonly bytes: number
  /** When it was posted, in milliseconds since 1970. */
  readonly at: number
}

/** With the names that people read. */
export interface NamedRemote extends Remote {
  readonly collection_title: string
  readonly setter_name: string
  readonly creator_name: string
  readonly confirmer_name: string | null
}

export interface Run {
  readonly id: RunId
  readonly remote_id: RemoteId
  readonly operator_id: OperatorId
  readonly state: (typeof RUN_STATES)[number]
  readonly unfinished: boolean
  readonly asked_by: PersonId | null
  readonly asker_name: string | null
  readonly created_at: Date
  readonly begun_at: Date | null
  readonly moved_at: Date
  readonly ended_at: Date | null
  readonly attempt: number
  readonly job_id: string | null
  readonly pages: number
  readonly received: number
  readonly added: number
  readonly known: number
  readonly refused: number
  readonly bytes: number
  readonly from_position: string | null
  readonly to_position: string | null
  readonly failure: FailureKind | null
  readonly status: number | null
}

const NAMED = sql`select r.*, c.title as collection_title, s.name as setter_name, b.name as creator_name, f.name as confirmer_name
  from remote r join collection c on c.id = r.collection_id join person s on s.id = r.login_set_by join person b on b.id = r.created_by
    left join person f on f.id = r.confirmed_by`

/** Those of an operator that have not ended, by name. */
export async function listRemotes(tx: Tx, operator: OperatorId): Promise<NamedRemote[]> {
  const { rows } = await sql<NamedRemote>`${NAMED} where r.operator_id = ${operator} and r.state <> 'ended' order by lower(r.name), r.id`.execute(tx.db)
  return rows
}

export async function findRemote(tx: Tx, operator: OperatorId, id: RemoteId): Promise<NamedRemote | undefined> {
  const { rows } = await sql<NamedRemote>`${NAMED} where r.operator_id = ${operator} and r.id = ${id} and r.state <> 'ended'`.execute(tx.db)
  return rows[0]
}

/** One that has not ended; nobody else changes it until the transaction ends. */
export async function lockRemote(tx: Tx, id: RemoteId, operator?: OperatorId): Promise<Remote | undefined> {
  const { rows } = await sql<Remote>`select * from remote where id = ${id} and state <> 'ended' and ${operator ? sql`operator_id = ${operator}` : sql`true`}
    for no key update`.execute(tx.db)
  return rows[0]
}

/** Of two that add at once, the second waits: they are counted. */
export async function holdRemotes(tx: Tx, operator: OperatorId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('remote/' || ${operator}::text, 0))`.execute(tx.db)
}

export async function insertRemote(tx: Tx, row: Insertable<RemoteTable>): Promise<void> {
  await tx.db.insertInto('remote').values(row).execute()
}

export async function updateRemote(tx: Tx, id: RemoteId, change: Updateable<RemoteTable>): Promise<void> {
  await tx.db.updateTable('remote').set(change).where('id', '=', id).execute()
}

/** Keeps what is odd about a server, each once. */
export async function addRemarks(tx: Tx, id: RemoteId, remarks: readonly Remark[]): Promise<void> {
  if (remarks.length === 0) return
  await sql`update remote set remarks = array(select distinct unnest(remarks || ${[...remarks]}::text[])) where id = ${id}`.execute(tx.db)
}

/** Remotes whose next run is due; nobody else takes them until the transaction ends. */
export async function lockDue(tx: Tx, at: Date, most: number): Promise<Remote[]> {
  const { rows } = await sql<Remote>`select * from remote where state = 'active' and run_id is null and next_at <= ${at}
    order by next_at limit ${most} for no key update skip locked`.execute(tx.db)
  return rows
}

export async function insertRun(tx: Tx, row: Insertable<RunTable>): Promise<void> {
  await tx.db.insertInto('remote_run').values(row).execute()
}

export async function findRun(tx: Tx, id: RunId): Promise<Pick<Run, 'remote_id'> | undefined> {
  const { rows } = await sql<Pick<Run, 'remote_id'>>`select remote_id from remote_run where id = ${id}`.execute(tx.db)
  return rows[0]
}

/** One run; nobody else changes it until the transaction ends. */
export async function lockRun(tx: Tx, id: RunId): Promise<Run | undefined> {
  const { rows } = await sql<Run>`select * from remote_run where id = ${id} for no key update`.execute(tx.db)
  return rows[0]
}

export async function updateRun(tx: Tx, id: RunId, change: Updateable<RunTable>): Promise<void> {
  await tx.db.updateTable('remote_run').set(change).where('id', '=', id).execute()
}

export interface Counts {
  readonly pages: number
  readonly received: number
  readonly added: number
  readonly known: number
  readonly refused: number
  readonly bytes: number
}

/** Counts what a run brought, on the run and on its remote. */
export async function countUp(tx: Tx, { id, remote_id: remote }: Pick<Run, 'id' | 'remote_id'>, more: Counts, at: Date): Promise<void> {
  await sql`update remote_run set pages = pages + ${more.pages}, received = received + ${more.received}, added = added + ${more.added},
    known = known + ${more.known}, refused = refused + ${more.refused}, bytes = bytes + ${more.bytes}, moved_at = ${at} where id = ${id}`.execute(tx.db)
  await sql`update remote set added = added + ${more.added}, refused = refused + ${more.refused} where id = ${remote}`.execute(tx.db)
}

/** The newest runs of a remote. */
export async function listRuns(tx: Tx, remote: RemoteId, most: number): Promise<Run[]> {
  const { rows } = await sql<Run>`select r.*, p.name as asker_name from remote_run r left join person p on p.id = r.asked_by
    where r.remote_id = ${remote} order by r.id desc limit ${most}`.execute(tx.db)
  return rows
}

/** Runs of an operator that wait or are under way, by id. */
export async function listOpenRuns(tx: Tx, operator: OperatorId): Promise<Map<string, Run>> {
  const { rows } = await sql<Run>`select r.*, p.name as asker_name from remote_run r left join person p on p.id = r.asked_by
    where r.operator_id = ${operator} and r.ended_at is null`.execute(tx.db)
  return new Map(rows.map((run) => [run.id, run]))
}

/** Runs that have not moved since: what a crash left, or what waits for a job that never ran. */
export async function listStuckRuns(tx: Tx, before: Date): Promise<Run[]> {
  const { rows } = await sql<Run>`select * from remote_run where ended_at is null and moved_at < ${before} order by moved_at limit 100`.execute(tx.db)
  return rows
}

/** Whether the last run of a remote that ended reached its bound. */
export async function wasUnfinished(tx: Tx, remote: RemoteId): Promise<boolean> {
  const { rows } = await sql<Pick<Run, 'unfinished'>>`select unfinished from remote_run where remote_id = ${remote} and ended_at is not null
    order by id desc limit 1`.execute(tx.db)
  return rows[0]?.unfinished ?? false
}

export async function deleteRuns(tx: Tx, before: Date): Promise<void> {
  await sql`delete from remote_run where ended_at < ${before} and not exists (select from remote where remote.run_id = remote_run.id)`.execute(tx.db)
}

export interface Refusal {
  readonly id: string
  readonly run_id: string
  readonly object_id: string
  readonly version: string | null
  readonly reason: string
  readonly at: Date
}

/** The newest refusals of a remote are kept; the others are counted only. */
export const MOST_REFUSALS = 500

export async function insertRefusals(tx: Tx, of: Pick<Run, 'id' | 'remote_id' | 'operator_id'>, refusals: readonly Omit<Refusal, 'run_id'>[]): Promise<void> {
  if (refusals.length === 0) return
  const rows = refusals.slice(-MOST_REFUSALS).map((one) => ({ ...one, run_id: of.id, remote_id: of.remote_id, operator_id: of.operator_id }))
  await tx.db.insertInto('remote_refusal').values(rows).execute()
  await sql`delete from remote_refusal where remote_id = ${of.remote_id} and id < (select id from remote_refusal
    where remote_id = ${of.remote_id} order by id desc offset ${MOST_REFUSALS - 1} limit 1)`.execute(tx.db)
}

export async function listRefusals(tx: Tx, remote: RemoteId, most: number): Promise<Refusal[]> {
  const { rows } = await sql<Refusal>`select * from remote_refusal where remote_id = ${remote} order by id desc limit ${most}`.execute(tx.db)
  return rows
}

/** One version of an object. */
export interface Named {
  readonly id: string
  readonly version: string
}

/** Notes which versions came from a remote server. */
export async function noteOrigins(
  tx: Tx,
  of: Pick<Run, 'remote_id' | 'operator_id'>,
  versions: readonly (Named & { readonly brought: boolean })[],
): Promise<void> {
  if (versions.length === 0) return
  const [ids, texts, brought] = [versions.map(({ id }) => id), versions.map(({ version }) => version), versions.map((one) => one.brought)]
  await sql`insert into remote_origin (operator_id, remote_id, object_id, version, brought)
    select ${of.operator_id}, ${of.remote_id}, * from unnest(${ids}::text[], ${texts}::text[], ${brought}::boolean[])
    on conflict do nothing`.execute(tx.db)
}

/**
 * Which of these objects the operator has in the collection of a remote without that server having brought any version of them. Nobody else
 * stores anything there until the transaction ends.
 */
export async function listClosed(tx: Tx, remote: Remote, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const { collection_id: collection, operator_id: operator, api_root: root } = remote
  await sql`select from collection where id = ${collection} for update`.execute(tx.db)
  const { rows } = await sql<{ id: string }>`select distinct v.object_id as id from unnest(${pgArray(ids)}::text[]) as asked (id)
    join object_version v on v.collection_id = ${collection} and v.object_uuid = right(asked.id, 36)::uuid and v.object_id = asked.id
    where v.organisation_id is null and not exists (select from remote_origin o join remote r on r.id = o.remote_id
      where o.object_id = v.object_id and o.brought and r.operator_id = ${operator} and r.api_root = ${root} and r.collection_id = ${collection})`.execute(
    tx.db,
  )
  return new Set(rows.map(({ id }) => id))
}
