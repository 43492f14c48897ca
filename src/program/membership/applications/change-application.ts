import type { App } from '#platform/app.ts'
import type { Binding, PlainValue } from '#platform/audit/audit.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { ApplicationId, InReview } from '#program/membership/applications/application.ts'
import { loadApplication } from '#program/membership/applications/load-application.ts'
import { requireVersion } from '#program/membership/applications/save-draft.ts'
import { applicationRow, lockApplication, updateApplication, type ApplicationChange, type ApplicationRow } from '#program/membership/applications/store.ts'

/** An application in review as one act of an officer finds it; nobody else changes it meanwhile. */
export interface ActInput {
  readonly tx: Tx
  readonly row: ApplicationRow
  readonly application: InReview
  readonly at: Date
}

/** What an act changes, and how it is recorded. */
export interface Act {
  readonly action: string
  readonly change?: ApplicationChange
  readonly binds?: readonly Binding[]
  readonly details?: Readonly<Record<string, PlainValue>>
}

/**
 * One act of a membership officer on an application as they read it: all of it and its record, or nothing. Throws NOT_FOUND, CONFLICT when it is not
 * in review or was changed since it was read, and what `act` throws.
 */
export async function changeApplication(
  app: App,
  actor: OperatorActor,
  { id, version }: { readonly id: ApplicationId; readonly version: number },
  act: (input: ActInput) => Act | Promise<Act>,
): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const row = await lockApplication(tx, id)
    if (!row || row.operator_id !== actor.operator) throw new Problem('NOT_FOUND')
    requireVersion(row, version)
    const { application } = await loadApplication(app, tx, row)
    if (row.state !== 'in-review' || application.state !== 'in-review') throw new Problem('CONFLICT', STATES[row.state] ?? 'It is not in review.')
    const { action, change = {}, binds = [], details = {} } = await act({ tx, row, application, at: app.clock.now() })
    await updateApplication(tx, row, change)
    app.audit.record(tx, { action, subject: id, details: { answers: row.answers_version, ...details }, binds: [applicationRow({ id }), ...binds] })
  })
}

const STATES: Readonly<Record<string, string>> = {
  clarifying: 'The applicant has still to answer a question.',
  admitted: 'This application was decided already.',
  refused: 'This application was decided already.',
  withdrawn: 'The applicant took this application back.',
}
