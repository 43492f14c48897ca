import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { ProposeRelease, ReleaseView } from '#program/releases/contract.ts'
import { showRelease } from '#program/releases/list-releases.ts'
import { insertReleasePackages, lockUndecidable, releasePackageRow, type NamedContent } from '#program/releases/release-package-store.ts'
import { sealReason } from '#program/releases/reason.ts'
import { outOfBandRelease, type Release } from '#program/releases/release.ts'
import { isZone } from '#program/releases/zoned-time.ts'
import { insertProposal, lockRelease, releaseRow } from '#program/releases/store.ts'

type View = z.input<typeof ReleaseView>

/**
 * Writes down that a release shall be at these instants for these packages; nothing can be scheduled for it until a second
 * publisher confirms, and then nothing else. Throws VALIDATION_FAILED for a zone that does not exist, a release in the past,
 * windows out of order, and what is not the content of a version in review or approved.
 */
export async function proposeRelease(app: App, actor: OperatorActor, wish: z.output<typeof ProposeRelease>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    const release = checked(wish, at)
    await requireDecidable(tx, actor, wish.packages)
    const id = app.ids.next<'release'>()
    await insertProposal(tx, { id, operator: actor.operator, release, reason: sealReason(app, id, wish.reason), by: actor.person, at })
    await insertReleasePackages(tx, id, actor.operator, wish.packages)
    const binds = [releaseRow({ id }), ...wish.packages.map((named) => releasePackageRow(id, named))]
    app.audit.record(tx, { action: 'release.proposed', subject: id, binds })
    return showRelease(app, tx, actor, (await lockRelease(tx, actor.operator, id))!)
  })
}

async function requireDecidable(tx: Tx, { operator }: OperatorActor, packages: readonly NamedContent[]): Promise<void> {
  const [first] = await lockUndecidable(tx, operator, packages)
  if (first) throw refused(`/body/packages/${packages.indexOf(first)}`, 'not the content of a version of yours that is in review or approved')
}

function checked({ instant, zone, windows, reason }: z.output<typeof ProposeRelease>, now: Date): Release {
  if (!isZone(zone)) throw refused('/body/zone', 'the IANA name of a zone')
  if (instant <= now) throw refused('/body/instant', 'an instant to come')
  if (!reason.isWellFormed() || reason.includes('\0')) throw refused('/body/reason', 'text that has a UTF-8 form')
  if (windows.validate > windows.advance) throw refused('/body/windows/advance', 'not before the window of validate')
  if (windows.advance > windows.entry) throw refused('/body/windows/entry', 'not before the window of advance')
  if (windows.entry > instant) throw refused('/body/windows/entry', 'not after the release')
  return outOfBandRelease(instant, zone, windows)
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
