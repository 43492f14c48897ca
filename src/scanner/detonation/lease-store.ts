import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId } from '#platform/ids.ts'
import type { Environment } from '#scanner/detonation/contract.ts'
import type { DetonationId } from '#scanner/detonation/queue.ts'
import type { WaitsFor } from '#scanner/detonation/store.ts'

export type SandboxWorkerId = Id<'sandbox-worker'>

/** Without a beat for this long, on the database's clock, a worker is dead and its leases return. */
export const DEAD_AFTER_SECONDS = 15

export interface SandboxWorker {
  readonly id: SandboxWorkerId
  /** Workers of one host share its machines. */
  readonly host: string
  readonly environments: readonly Environment[]
  /** What of this host cannot be used and why, and who runs the guests' code; one sentence each. */
  readonly notes: readonly string[]
  readonly machines: number
  readonly memory_mib: number
}

/** Says that a worker lives. False when it was counted as dead meanwhile, and has been added anew: its leases are gone. */
export async function beatWorker(tx: Tx, { id, host, environments, notes, machines, memory_mib }: SandboxWorker): Promise<boolean> {
  const { rows } = await sql<{ fresh: boolean }>`insert into sandbox_worker (id, host, environments, notes, machines, memory_mib)
    values (${id}::uuid, ${host}, ${JSON.stringify(environments)}::jsonb, ${[...notes]}::text[], ${machines}, ${memory_mib})
    on conflict (id) do update set environments = excluded.environments, notes = excluded.notes, machines = excluded.machines, memory_mib = excluded.memory_mib,
      beat_at = clock_timestamp()
    returning xmax = 0 as fresh`.execute(tx.db)
  return !rows[0]!.fresh
}

export async function deleteWorker(tx: Tx, id: SandboxWorkerId): Promise<void> {
  await tx.db.deleteFrom('sandbox_worker').where('id', '=', id).execute()
}

/** Workers that live. */
export async function listWorkers(tx: Tx): Promise<SandboxWorker[]> {
  const { rows } = await sql<SandboxWorker>`select id, host, environments, notes, machines, memory_mib from sandbox_worker
    where ${alive} order by host, id`.execute(tx.db)
  return rows
}

const alive = sql`beat_at > clock_timestamp() - make_interval(secs => ${DEAD_AFTER_SECONDS})`

interface Wanted {
  readonly detonation: DetonationId
  readonly operator: OperatorId
  readonly memoryMib: number
}

/**
 * Lends a machine of the worker's host, or says what is missing. One transaction at a time of one host counts and takes, and a slot is lent once by its key,
 * so that the limits hold over any number of workers. What this worker was lent for the same detonation, and has not given back, counts as lent.
 */
export async function takeLease(tx: Tx, worker: SandboxWorker, { detonation, operator, memoryMib }: Wanted): Promise<'lent' | WaitsFor> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`machines of ${worker.host}`}, 0))`.execute(tx.db)
  await sql`delete from sandbox_worker where not (${alive})`.execute(tx.db)
  if (await holdLease(tx, worker.id, detonation)) return 'lent'
  const { rows: lent } = await sql<{ slot: number; memory_mib: number }>`select slot, memory_mib from sandbox_lease where host = ${worker.host}`.execute(tx.db)
  const taken = new Set(lent.map(({ slot }) => slot))
  const slot = Array.from({ length: worker.machines }, (_, n) => n).find((n) => !taken.has(n))
  if (slot === undefined || lent.length >= worker.machines) return 'machine'
  if (lent.reduce((sum, { memory_mib }) => sum + memory_mib, memoryMib) > worker.memory_mib) return 'memory'
  const { rows } = await sql`insert into sandbox_lease (host, slot, worker_id, detonation_id, operator_id, memory_mib)
    select ${worker.host}, ${slot}, id, ${detonation}::uuid, ${operator}::uuid, ${memoryMib} from sandbox_worker where id = ${worker.id}::uuid
    on conflict do nothing returning slot`.execute(tx.db)
  return rows.length === 1 ? 'lent' : 'machine'
}

/**
 * Gives back what this worker was lent and does not hold: the end of such a lease, or the answer that it was lent, was lost on the way. What another
 * transaction has in its hands is left alone, and what is asked of here stays as it is until `held` has answered, so nothing is lost that is lent meanwhile.
 */
export async function returnStrays(tx: Tx, worker: SandboxWorkerId, held: (detonation: DetonationId) => boolean): Promise<void> {
  const { rows } = await sql<{ id: DetonationId }>`select detonation_id as id from sandbox_lease where worker_id = ${worker}::uuid
    for update skip locked`.execute(tx.db)
  for (const { id } of rows) if (!held(id)) await returnLease(tx, worker, id)
}

/** Gives back what this worker was lent for a detonation. */
export async function returnLease(tx: Tx, worker: SandboxWorkerId, detonation: DetonationId): Promise<void> {
  await tx.db.deleteFrom('sandbox_lease').where('worker_id', '=', worker).where('detonation_id', '=', detonation).execute()
}

/** Whether this worker still holds it; then it stays so until the transaction ends. */
export async function holdLease(tx: Tx, worker: SandboxWorkerId, detonation: DetonationId): Promise<boolean> {
  const { rows } = await sql`select slot from sandbox_lease where worker_id = ${worker}::uuid and detonation_id = ${detonation}::uuid for update`.execute(tx.db)
  return rows.length === 1
}

export interface LeaseRow {
  readonly host: string
  readonly slot: number
  readonly detonation_id: DetonationId
  readonly operator_id: OperatorId
  readonly memory_mib: number
  readonly leased_at: Date
}

/** Leases of workers that live. */
export async function listLeases(tx: Tx): Promise<LeaseRow[]> {
  const { rows } = await sql<LeaseRow>`select l.host, slot, detonation_id, operator_id, l.memory_mib, leased_at
    from sandbox_lease l join sandbox_worker w on w.id = l.worker_id where ${alive} order by host, slot`.execute(tx.db)
  return rows
}
