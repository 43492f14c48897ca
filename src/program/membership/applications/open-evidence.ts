import type { Readable } from 'node:stream'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { ApplicationId } from '#program/membership/applications/application.ts'
import { howItOpens } from '#program/membership/applications/evidence.ts'
import { listEvidence, type EvidenceId, type EvidenceRow } from '#program/membership/applications/evidence-store.ts'
import { unseal } from '#program/membership/applications/sealed.ts'
import { findApplication } from '#program/membership/applications/store.ts'

export interface WantedEvidence {
  readonly application: ApplicationId
  readonly evidence: EvidenceId
  readonly acknowledged: boolean
}

/** Whether the officer may have the file now; nothing is given and nothing recorded. Throws as `openEvidence`. */
export async function askForEvidence(app: App, actor: OperatorActor, wanted: WantedEvidence): Promise<void> {
  await app.db.read(actor, (tx) => findEvidence(app, tx, actor, wanted))
}

/**
 * Opens evidence for sending; that it is given is committed before. Throws NOT_FOUND, and CONFLICT for a file that our scanner has
 * not answered for, and for one that is not plainly harmless unless that was acknowledged.
 */
export async function openEvidence(app: App, actor: OperatorActor, wanted: WantedEvidence): Promise<{ name: string; stream: Readable }> {
  const found = await app.db.transaction(actor, async (tx) => {
    const evidence = await findEvidence(app, tx, actor, wanted)
    const details = { evidence: evidence.id, sha256: evidence.sha256, exploit: evidence.exploit, outcome: evidence.outcome, acknowledged: wanted.acknowledged }
    app.audit.record(tx, { action: 'application.evidence-opened', subject: wanted.application, details })
    return evidence
  })
  const { stream } = await app.db.read(actor, (tx) => app.objects.open(tx, found.object))
  return { name: unseal(app.keys, 'evidence-name', [found.id], found.sealed_name), stream }
}

async function findEvidence(app: App, tx: Tx, actor: OperatorActor, { application, evidence: id, acknowledged }: WantedEvidence): Promise<EvidenceRow> {
  const row = await findApplication(tx, application)
  const evidence = row?.operator_id === actor.operator ? (await listEvidence(tx, row.id)).find((one) => one.id === id && one.submitted_at !== null) : undefined
  if (!evidence) throw new Problem('NOT_FOUND')
  const opens = howItOpens(evidence, app.clock.now())
  if (opens === 'scan-waits' || opens === 'scan-overdue')
    throw new Problem('CONFLICT', 'Our scanner has not answered for this file yet; nobody opens it before.')
  if (opens === 'with-acknowledgement' && !acknowledged) {
    throw new Problem(
      'CONFLICT',
      'Our scanner did not find this file plainly harmless; say that you know (acknowledged=true) and open it in a safe place only.',
    )
  }
  return evidence
}
