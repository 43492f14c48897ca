import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { evidenceRow, listOverdueScans, lockUnscanned, setScanned, type EvidenceRow } from '#program/membership/applications/evidence-store.ts'

const ACTOR = system('applications.keep-scan')
const DEADLINE_MS = 24 * 60 * 60 * 1000

/** Keeps what the scanner said of evidence, once; the evidence of a reviewer's trust, so it is on record. Does nothing for another object. */
export async function keepScan(app: App, object: string, scan: Pick<EvidenceRow, 'outcome' | 'exploit'>): Promise<void> {
  await app.db.transaction(ACTOR, async (tx) => {
    const evidence = await lockUnscanned(tx, object)
    if (!evidence) return
    await setScanned(tx, evidence.id, { ...scan, at: app.clock.now() })
    // What was not sent in yet is bound when it is.
    if (evidence.submitted_at === null) return
    const details = { evidence: evidence.id, outcome: scan.outcome, exploit: scan.exploit }
    const { application_id: subject, operator_id: operator, id } = evidence
    app.audit.record(tx, { action: 'application.evidence-scanned', subject, operator, details, binds: [evidenceRow({ id })] })
  })
}

/** Whatever became of its scan, evidence has an answer after a day: without a verdict it opens only by acknowledgement. */
export async function giveUpScans(app: App): Promise<void> {
  const limit = new Date(app.clock.now().getTime() - DEADLINE_MS)
  const objects = await app.db.read(ACTOR, (tx) => listOverdueScans(tx, limit))
  for (const object of objects) await keepScan(app, object, { outcome: 'not-scanned', exploit: null })
}
