import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { idSchema } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageQuery, PackageSummary, PackageView } from '#program/packages/contract.ts'
import { openForContact, openForStaff, type OpenVersion } from '#program/packages/open-version.ts'
import { showPackage, showSummary } from '#program/packages/show-package.ts'
import { listPackageIds, listPackageIdsFor } from '#program/packages/store.ts'

type Summary = z.input<typeof PackageSummary>
const LIST = 'packages'
const Position = z.tuple([idSchema<'package'>()])

/** One page of what the actor may know of, the newest first. A package that is not open to them leaves no trace in it, in its length or in its cursor. */
export function listPackages(app: App, actor: PersonActor, query: z.output<typeof PackageQuery>): Promise<{ items: Summary[]; next: string | null }> {
  const { limit, cursor, q } = query
  return app.db.read(actor, async (tx) => {
    const now = app.clock.now()
    const items: Summary[] = []
    let before = cursor === undefined ? undefined : Position.parse(openCursor(app, LIST, cursor))[0]
    for (;;) {
      const ids = await candidates(tx, actor, now, limit + 1, before)
      for (const id of ids) {
        const version = await open(app, tx, actor, id, now)
        const summary = version && showSummary(version)
        if (!summary || !matches(summary, q)) continue
        if (items.length === limit) return { items, next: sealCursor(app, LIST, [items.at(-1)!.id]) }
        items.push(summary)
      }
      if (ids.length <= limit) return { items, next: null }
      before = ids.at(-1)
    }
  })
}

/** The newest version that the actor may know of. Throws NOT_FOUND. */
export function readPackage(app: App, actor: PersonActor, id: PackageId): Promise<z.input<typeof PackageView>> {
  return app.db.read(actor, async (tx) => {
    const version = await open(app, tx, actor, id, app.clock.now())
    if (!version) throw new Problem('NOT_FOUND')
    return showPackage(app, tx, version)
  })
}

function candidates(tx: Tx, actor: PersonActor, now: Date, limit: number, before: PackageId | undefined): Promise<PackageId[]> {
  if (actor.kind === 'contact') return listPackageIdsFor(tx, actor, now, limit, before)
  return listPackageIds(tx, actor.operator, limit, before)
}

function open(app: App, tx: Tx, actor: PersonActor, id: PackageId, now: Date): Promise<OpenVersion | undefined> {
  return actor.kind === 'contact' ? openForContact(app, tx, actor, id, now) : openForStaff(app, tx, actor, id)
}

/** Looks only into what the actor is shown. */
function matches({ title, bulletin, cves }: Summary, q: string | undefined): boolean {
  if (q === undefined) return true
  const wanted = q.toLowerCase()
  return [title, bulletin, ...cves].some((text) => text?.toLowerCase().includes(wanted))
}
