import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PackageEmbargo } from '#program/embargo/contract.ts'
import { endedAtOf } from '#program/embargo/ended-at.ts'
import { isPublishable, mergedInstant, publishableSince } from '#program/embargo/early-end.ts'
import { endsInForce } from '#program/embargo/end-store.ts'
import { showRelations } from '#program/embargo/relate-packages.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { cveTagger } from '#program/packages/cve-tag.ts'
import { openForContact, openForStaff, type OpenVersion } from '#program/packages/open-version.ts'
import { showSummary } from '#program/packages/show-package.ts'

type View = z.input<typeof PackageEmbargo>

/** The embargo of a package: to a contact of what it may read and has received, to the operator's people with what may be done. Throws NOT_FOUND. */
export function showEmbargo(app: App, actor: PersonActor, id: PackageId): Promise<View> {
  return app.db.read(actor, async (tx) => {
    const now = app.clock.now()
    const version = actor.kind === 'contact' ? await openForContact(app, tx, actor, id, now) : await openForStaff(app, tx, actor, id)
    if (!version) throw new Problem('NOT_FOUND')
    const ends = await showEnds(app, tx, version, now)
    if (actor.kind === 'contact') return { endedAt: version.facts.endedAt ?? null, ends, staff: null }
    const inForce = await endsInForce(tx, actor.operator, version.row.cve_tags ?? [], now)
    const facts = { ...version.facts, endedAt: endedAtOf(version.row, inForce) }
    const relations = await showRelations(app, tx, actor, id)
    const merged = relations.filter(({ kind }) => kind === 'merge').map(({ instant }) => instant ?? undefined)
    return {
      endedAt: facts.endedAt ?? null,
      ends,
      staff: {
        publishableSince: publishableSince(facts) ?? null,
        isPublishable: isPublishable(facts, now),
        relations,
        mergedInstant: merged.length === 0 ? null : (mergedInstant([facts.release?.instant, ...merged]) ?? null),
      },
    }
  })
}

/** Of the vulnerabilities that may be named to whoever asks, those of which the embargo ended early. */
async function showEnds(app: App, tx: Tx, version: OpenVersion, now: Date): Promise<View['ends']> {
  const tagOf = cveTagger(app)
  const named = showSummary(version).cves.map((cve) => ({ cve, tag: tagOf(cve) }))
  const ends = await endsInForce(
    tx,
    version.row.operator_id,
    named.map(({ tag }) => tag),
    now,
  )
  return named.flatMap(({ cve, tag }) => {
    const end = ends.find((one) => one.tag === tag.toString('hex'))
    return end ? [{ cve, endedAt: end.at }] : []
  })
}
