import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OwnAcknowledgementList } from '#program/packages/acknowledgements/contract.ts'
import { listOpenDuties, setAcknowledged, type AcknowledgementId, type OpenDuty } from '#program/packages/acknowledgements/store.ts'
import { findStandings } from '#program/packages/contact-reader.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { knownToContact } from '#program/packages/known-version.ts'
import { findVersionsFor, type VersionKey } from '#program/packages/store.ts'

type Own = z.input<typeof OwnAcknowledgementList>['items']

/**
 * What a contact's organisation has to acknowledge and this person may know of now: of a version and its terms, who may know of that
 * version; of a slip, who may know of the package. Nothing else is there, whoever else of the organisation sees it.
 */
export function listOwnAcknowledgements(app: App, actor: ContactActor): Promise<Own> {
  return app.db.read(actor, async (tx) =>
    (await knownDuties(app, tx, actor)).map((duty) => ({
      id: duty.id,
      package: duty.package_id,
      version: duty.version,
      kind: duty.kind,
      askedAt: duty.asked_at,
    })),
  )
}

/**
 * A contact acknowledges terms or a slip for its organisation. Throws NOT_FOUND for a duty that the person may not know of or that is
 * done, and CONFLICT for a new version, which its receipt acknowledges.
 */
export async function acknowledge(app: App, actor: ContactActor, id: PackageId, wanted: AcknowledgementId): Promise<Own> {
  await app.db.transaction(actor, async (tx) => {
    const duty = (await knownDuties(app, tx, actor, id)).find((one) => one.id === wanted)
    if (!duty) throw new Problem('NOT_FOUND')
    if (duty.kind === 'version') throw new Problem('CONFLICT', 'A new version is acknowledged by receiving it.')
    await record(app, tx, actor, [duty])
  })
  return listOwnAcknowledgements(app, actor)
}

/** The receipt of a version acknowledges it for the organisation; in the transaction of the receipt. */
export async function acknowledgeByReceipt(app: App, tx: Tx, actor: ContactActor, { package: id, version }: VersionKey): Promise<void> {
  const duties = await listOpenDuties(tx, actor.organisation, id)
  await record(
    app,
    tx,
    actor,
    duties.filter((duty) => duty.kind === 'version' && duty.version === version),
  )
}

async function record(app: App, tx: Tx, actor: ContactActor, duties: readonly OpenDuty[]): Promise<void> {
  const ids = duties.map(({ id }) => id)
  const binds = await setAcknowledged(tx, ids, actor.person, app.clock.now())
  const [duty] = duties
  if (!duty || binds.length === 0) return
  const details = { version: duty.version, kind: duty.kind, organisation: actor.organisation }
  app.audit.record(tx, { action: 'package.acknowledged', subject: duty.package_id, operator: duty.operator_id, binds, details })
}

async function knownDuties(app: App, tx: Tx, actor: ContactActor, id?: PackageId): Promise<OpenDuty[]> {
  const duties = await listOpenDuties(tx, actor.organisation, id)
  if (duties.length === 0) return []
  const now = app.clock.now()
  const standings = await findStandings(app, tx, actor, now)
  const known = new Map<PackageId, number[]>()
  for (const each of new Set(duties.map((duty) => duty.package_id))) {
    const rows = await findVersionsFor(tx, actor, standings, now, each)
    known.set(
      each,
      rows.filter((row) => knownToContact(app, standings, row, now)).map(({ version }) => version),
    )
  }
  return duties.filter(({ package_id: each, version, kind }) => {
    const versions = known.get(each) ?? []
    return kind === 'slip' ? versions.length > 0 : versions.includes(version)
  })
}
