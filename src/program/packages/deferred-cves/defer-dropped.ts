import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { cveTagger } from '#program/packages/cve-tag.ts'
import { droppedCves } from '#program/packages/decisions/dropped-cves.ts'
import { openCves } from '#program/packages/decisions/sealed.ts'
import { findConfirmed } from '#program/packages/decisions/store.ts'
import { sealCve } from '#program/packages/deferred-cves/sealed-cve.ts'
import { deferredCveRow, insertDeferredCve } from '#program/packages/deferred-cves/store.ts'
import type { StoredVersion } from '#program/packages/store.ts'

/**
 * Remembers which vulnerabilities a revision leaves behind, when it takes the place of the version that names them (program.md, E18).
 * Returns what a leaf has to bind. Throws SECOND_PERSON_NEEDED unless two publishers decided exactly that about exactly this content.
 */
export async function deferDropped(app: App, tx: Tx, revision: StoredVersion, at: Date): Promise<Binding[]> {
  const dropped = await droppedCves(app, tx, revision, at)
  if (dropped.length === 0) return []
  const key = { package: revision.package_id, version: revision.version }
  const decision = await findConfirmed(tx, key, 'defer-cves')
  const decided = decision?.content_hash.equals(revision.content_hash) ? openCves(app, decision) : []
  if (!decision || decided.join() !== dropped.join())
    throw new Problem(
      'SECOND_PERSON_NEEDED',
      'Vulnerabilities leave the package before its release: two publishers have to decide that about this version first.',
    )
  const tagOf = cveTagger(app)
  const binds: Binding[] = []
  for (const cve of dropped) {
    const id = app.ids.next<'deferred-cve'>()
    await insertDeferredCve(tx, { id, operator: revision.operator_id, ...key, tag: tagOf(cve), cve: sealCve(app, id, cve), decision: decision.id, at })
    binds.push(deferredCveRow({ id }))
  }
  return binds
}
