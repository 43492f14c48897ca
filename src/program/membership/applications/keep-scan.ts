import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { emit } from '#platform/events/events.ts'
import { evidenceUploaded } from '#program/membership/applications/contract.ts'
import { SCAN_DEADLINE_MS } from '#program/membership/applications/evidence.ts'
import {
  evidenceRow,
  lockOverdueScans,
  lockUnscanned,
  setScanAsked,
  setScanned,
  type AskedEvidence,
  type EvidenceRow,
} from '#program/membership/applications/evidence-store.ts'

const ACTOR = system('applications.keep-scan')

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

/** Asks for the scan of a file that is sent in. */
export async function askForScan(app: App, tx: Tx, { id, object, size, operator_id: operator }: AskedEvidence): Promise<void> {
  await setScanAsked(tx, id, app.clock.now())
  await emit(app, tx, evidenceUploaded, { evidence: id, object, size }, { operator })
}

/** Asks again, once a day, for every scan that is overdue: without its answer nobody opens the file. */
export async function askForOverdueScans(app: App): Promise<void> {
  const limit = new Date(app.clock.now().getTime() - SCAN_DEADLINE_MS)
  await app.db.transaction(ACTOR, async (tx) => {
    const overdue = await lockOverdueScans(tx, limit)
    for (const evidence of overdue) await askForScan(app, tx, evidence)
    if (overdue.length > 0) app.log.warn({ files: overdue.length }, 'the scan of evidence is overdue and was asked for again')
  })
}
