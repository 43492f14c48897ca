import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { upgraded, type PackageContent, type PackageView } from '#program/packages/contract.ts'
import type { DeferredCveList } from '#program/packages/deferred-cves/contract.ts'
import { openCve } from '#program/packages/deferred-cves/sealed-cve.ts'
import { deferredCveRow, listDeferredCves, lockDeferredCve, setContinuedIn, type DeferredCveId } from '#program/packages/deferred-cves/store.ts'
import { bindVersions } from '#program/packages/history-store.ts'
import { openForStaff } from '#program/packages/open-version.ts'
import { startPackage } from '#program/packages/package.ts'
import { showPackage } from '#program/packages/show-package.ts'
import { openContent, storeContent } from '#program/packages/stored-content.ts'
import { findNewestVersion, findVersion, insertPackage, insertVersion, packageRow } from '#program/packages/store.ts'

/** Vulnerabilities that left a package before it was public. Throws NOT_FOUND. */
export function showDeferredCves(app: App, actor: OperatorActor, id: PackageId): Promise<z.input<typeof DeferredCveList>['items']> {
  return app.db.read(actor, async (tx) => {
    if (!(await findNewestVersion(tx, actor.operator, id))) throw new Problem('NOT_FOUND')
    const reads = staffMayRead(actor.roles, 'bulletin')
    return (await listDeferredCves(tx, actor.operator, id)).map((row) => ({
      id: row.id,
      cve: reads ? openCve(app, row.id, row.cve) : null,
      version: row.version,
      deferredAt: row.deferred_at,
      continuedIn: row.continued_in,
    }))
  })
}

/**
 * Begins a package of its own for a vulnerability that left another one: a draft with what the last version that names it says of it,
 * its products and the guidance, without files. Throws NOT_FOUND, and CONFLICT when a package goes on with it already.
 */
export function continueCve(app: App, actor: OperatorActor, from: PackageId, deferred: DeferredCveId): Promise<z.input<typeof PackageView>> {
  return app.db.transaction(actor, async (tx) => {
    const row = await lockDeferredCve(tx, actor.operator, from, deferred)
    if (!row) throw new Problem('NOT_FOUND')
    if (row.continued_in) throw new Problem('CONFLICT', 'A package goes on with this vulnerability already.')
    const at = app.clock.now()
    const id = app.ids.next<'package'>()
    const content = await contentOf(app, tx, actor, { from, version: row.version - 1, cve: openCve(app, row.id, row.cve) })
    const draft = startPackage({ package: id, operator: actor.operator, content, by: actor.person })
    const key = { package: id, version: draft.version }
    const columns = await storeContent(app, tx, key, draft.content)
    await insertPackage(tx, { id, operator: actor.operator, by: actor.person, at })
    await insertVersion(tx, key, { ...columns, operator: actor.operator, contributors: draft.contributors, source: undefined, at })
    await setContinuedIn(tx, row.id, id)
    const version = (await openForStaff(app, tx, actor, id))!
    const binds = [packageRow({ id }), ...(await bindVersions(tx, [key])), deferredCveRow({ id: row.id })]
    app.audit.record(tx, { action: 'package.split', subject: id, binds, details: { version: draft.version, from, contentHash: version.facts.contentHash } })
    return showPackage(app, tx, version)
  })
}

async function contentOf(
  app: App,
  tx: Tx,
  actor: OperatorActor,
  { from, version, cve }: { from: PackageId; version: number; cve: string },
): Promise<PackageContent> {
  const row = await findVersion(tx, actor.operator, { package: from, version })
  if (!row) throw new Problem('NOT_FOUND')
  const content = upgraded(await openContent(app, tx, row))
  const vulnerabilities = content.vulnerabilities.filter((one) => one.cve === cve)
  const named = new Set(vulnerabilities.flatMap(({ affected, fixed, fixes }) => [...affected, ...fixed, ...fixes.flatMap(({ products }) => products)]))
  return {
    ...content,
    title: vulnerabilities[0]?.title ?? content.title,
    bulletin: { id: null, text: '' },
    vulnerabilities,
    products: content.products.filter(({ id }) => named.has(id)),
    attachments: [],
    proofOfConcept: [],
    samples: { knownBad: content.samples.knownBad.map(withoutBytes), knownGood: content.samples.knownGood.map(withoutBytes) },
    references: [],
    revisionHistory: [],
  }
}

/** The files stay with the package that they were added to; digests are told further. */
function withoutBytes<T extends { attachment: unknown }>(sample: T): T & { attachment: null } {
  return { ...sample, attachment: null }
}
