import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { FarmView } from '#scanner/detonation/contract.ts'
import { listLeases, listWorkers } from '#scanner/detonation/lease-store.ts'
import { listWaiting, namesOf } from '#scanner/detonation/store.ts'

/** The machines of this instance, with what of the actor's own operator runs on them or waits for them. */
export async function showFarm(app: App, actor: PersonActor): Promise<z.input<typeof FarmView>> {
  return app.db.read(actor, async (tx) => {
    // Workers belong to no operator, and a machine that is lent for another is only counted.
    const { workers, leases } = await tx.asSystem(async () => ({ workers: await listWorkers(tx), leases: await listLeases(tx) }))
    const names = await namesOf(
      tx,
      leases.map(({ detonation_id: id }) => id),
    )
    return {
      workers: workers.map(({ host, machines, memory_mib: memoryMib, environments, notes }) => ({
        host,
        machines,
        memoryMib,
        environments: [...environments],
        notes: [...notes],
      })),
      leases: leases.map(({ host, slot, memory_mib: memoryMib, leased_at: leasedAt, detonation_id: id }) => {
        const own = names.get(id)
        return { host, machine: slot, memoryMib, leasedAt, submission: own?.submission ?? null, environment: own?.environment ?? null }
      }),
      waiting: (await listWaiting(tx)).map(({ submission_id: submission, environment, waits_for: waitsFor, planned_at: plannedAt }) => ({
        submission,
        environment,
        waitsFor,
        plannedAt,
      })),
    }
  })
}
