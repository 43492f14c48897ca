import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { PARTS } from '#program/packages/contract.ts'
import type { HolderList } from '#program/packages/holders/contract.ts'
import { openAttestation } from '#program/packages/holders/sealed-attestation.ts'
import { findPulledAt, listAttestations, listHolders } from '#program/packages/holders/store.ts'
import { findNewestVersion } from '#program/packages/store.ts'

/** Who holds which version of a package, exactly as the receipts say, and who attested to have destroyed it. Throws NOT_FOUND. */
export function showHolders(app: App, actor: OperatorActor, id: PackageId): Promise<z.input<typeof HolderList>> {
  return app.db.read(actor, async (tx) => {
    if (!(await findNewestVersion(tx, actor.operator, id))) throw new Problem('NOT_FOUND')
    const holders = await listHolders(tx, actor.operator, id)
    const attestations = await listAttestations(tx, actor.operator, id)
    return {
      items: holders.map((row) => ({
        ...named(row),
        version: row.version,
        firstReceivedAt: row.first_received_at,
        lastReceivedAt: row.last_received_at,
        parts: PARTS.filter((part) => row.parts.includes(part)),
        files: row.files,
      })),
      pulledAt: (await findPulledAt(tx, actor.operator, id)) ?? null,
      attestations: attestations.map((row) => ({
        id: row.id,
        ...named(row),
        text: openAttestation(app, row.id, row.text),
        destroyedAt: row.destroyed_at,
        attestedAt: row.attested_at,
      })),
    }
  })
}

interface Named {
  readonly organisation_id: string
  readonly organisation_name: string
  readonly person_id: string
  readonly person_name: string
}

function named(row: Named) {
  return { organisation: { id: row.organisation_id, name: row.organisation_name }, person: { id: row.person_id, name: row.person_name } }
}
