import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Binding, PlainValue } from '#platform/audit/audit.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageView } from '#program/packages/contract.ts'
import { openForStaff } from '#program/packages/open-version.ts'
import { showPackage } from '#program/packages/show-package.ts'
import { openContent } from '#program/packages/stored-content.ts'
import { bindVersions } from '#program/packages/history-store.ts'
import { lockNewestVersion, updateVersion, type VersionChange, type VersionKey } from '#program/packages/store.ts'
import type { LoadedVersion } from '#program/packages/version-states.ts'

/** The newest version of a package as one step finds it. Nobody else changes it meanwhile. */
export interface StepInput extends LoadedVersion {
  readonly tx: Tx
  readonly key: VersionKey
  readonly at: Date
}

/** What a step does to a version, and how it is recorded. */
export interface Step {
  readonly action: string
  readonly change: Omit<VersionChange, 'updated_at'>
  readonly binds?: readonly Binding[]
  readonly details?: Readonly<Record<string, PlainValue>>
  /** Other versions of the package that change with it. */
  readonly also?: readonly { readonly key: VersionKey; readonly change: Omit<VersionChange, 'updated_at'> }[]
  /** Objects that the version no longer needs. */
  readonly removes?: readonly ObjectId[]
}

/** Takes one step with the newest version of a package of the actor's operator: all of it and its record, or nothing. Throws NOT_FOUND, and what `step` throws. */
export async function changeVersion(
  app: App,
  actor: OperatorActor,
  id: PackageId,
  step: (input: StepInput) => Step | Promise<Step>,
): Promise<z.input<typeof PackageView>> {
  return app.db.transaction(actor, async (tx) => {
    const row = await lockNewestVersion(tx, actor.operator, id)
    if (!row) throw new Problem('NOT_FOUND')
    const key = { package: id, version: row.version }
    const at = app.clock.now()
    const { action, change, binds = [], details = {}, removes = [], also = [] } = await step({ tx, row, key, at, content: await openContent(app, tx, row) })
    for (const one of [{ key, change }, ...also]) await updateVersion(tx, one.key, { ...one.change, updated_at: at })
    for (const object of removes) await app.objects.remove(tx, object)
    const version = (await openForStaff(app, tx, actor, id))!
    const contentHash = version.facts.contentHash
    app.audit.record(tx, {
      action,
      subject: id,
      binds: [...(await bindVersions(tx, [key, ...also.map((one) => one.key)])), ...binds],
      details: { version: row.version, contentHash, ...details },
    })
    return showPackage(app, tx, version)
  })
}
