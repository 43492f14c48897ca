import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { upgraded, type PackageContent, type PackageView } from '#program/packages/contract.ts'
import { findDeferral } from '#program/packages/decisions/sealed.ts'
import { bindVersions } from '#program/packages/history-store.ts'
import { openForStaff } from '#program/packages/open-version.ts'
import { revise, type Deferred, type Released, type Scheduled } from '#program/packages/package.ts'
import type { StartRevision } from '#program/packages/revisions/contract.ts'
import { showPackage } from '#program/packages/show-package.ts'
import { openContent, storeContent } from '#program/packages/stored-content.ts'
import { insertVersion, lockNewestVersion } from '#program/packages/store.ts'
import { asDeferred, asPresent, type LoadedVersion } from '#program/packages/version-states.ts'

/**
 * Begins the next version of a package as a draft that says what the present one says, with a line in its revision history. The
 * present version stays what it is until the draft is approved and put on a release. Files are those of the present version. Throws
 * NOT_FOUND, CONFLICT when the newest version is neither on a release, released nor deferred.
 */
export function revisePackage(
  app: App,
  actor: OperatorActor,
  id: PackageId,
  { summary }: z.output<typeof StartRevision>,
): Promise<z.input<typeof PackageView>> {
  return app.db.transaction(actor, async (tx) => {
    if (!summary.isWellFormed() || summary.includes('\0')) throw malformed()
    const row = await lockNewestVersion(tx, actor.operator, id)
    if (!row) throw new Problem('NOT_FOUND')
    const at = app.clock.now()
    const present = { row, content: await openContent(app, tx, row) }
    const draft = revise(await revisable(app, tx, present, at), withRevision(present, { summary, at }), actor.person)
    const key = { package: id, version: draft.version }
    const source = row.source_object && row.source ? { object: row.source_object, sealed: row.source } : undefined
    const columns = await storeContent(app, tx, key, draft.content)
    await insertVersion(tx, key, { ...columns, operator: actor.operator, contributors: draft.contributors, source, at })
    const version = (await openForStaff(app, tx, actor, id))!
    const details = { version: draft.version, revises: row.version, contentHash: version.facts.contentHash }
    app.audit.record(tx, { action: 'package.revision-begun', subject: id, binds: await bindVersions(tx, [key]), details })
    return showPackage(app, tx, version)
  })
}

async function revisable(app: App, tx: Tx, version: LoadedVersion, now: Date): Promise<Scheduled | Released | Deferred> {
  const { package_id: id, version: number, state } = version.row
  return state === 'deferred' ? asDeferred(version, await findDeferral(app, tx, { package: id, version: number })) : asPresent(version, now)
}

function withRevision({ row, content }: LoadedVersion, { summary, at }: { summary: string; at: Date }): PackageContent {
  return { ...upgraded(content), revisionHistory: [...content.revisionHistory, { version: String(row.version + 1), instant: at.toISOString(), summary }] }
}

function malformed(): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/summary', message: 'text that has a UTF-8 form' }] })
}
