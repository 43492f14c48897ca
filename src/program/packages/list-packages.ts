import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import type { PageQuery } from '#platform/http/page.ts'
import { idSchema } from '#platform/ids.ts'
import { findStandings } from '#program/packages/contact-reader.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageSummary, PackageView } from '#program/packages/contract.ts'
import { knownToContact, knownToStaff, type KnownVersion } from '#program/packages/known-version.ts'
import { openForContact, openForStaff } from '#program/packages/open-version.ts'
import { showPackage, showSummary } from '#program/packages/show-package.ts'
import { listNewestVersions, listVersionsFor, type Position, type StoredVersion } from '#program/packages/store.ts'

type Summary = z.input<typeof PackageSummary>
const LIST = 'packages'
const LastShown = z.tuple([idSchema<'package'>()])

/** Rows after a position, and what the actor may know of each. */
export interface Source {
  next(limit: number, position: Position | undefined): Promise<readonly { row: StoredVersion; known: KnownVersion | undefined }[]>
}

/**
 * One page of what the actor may know of, the newest first, from rows and their summaries: no content is opened. A package that
 * is not open to them leaves no trace in it, in its length or in its cursor.
 */
export function listPackages(app: App, actor: PersonActor, query: z.output<typeof PageQuery>): Promise<Page> {
  return app.db.read(actor, async (tx) => pageOf(app, await sourceFor(app, tx, actor), query))
}

interface Page {
  items: Summary[]
  next: string | null
}

/** One page of what a source holds. */
export async function pageOf(app: Pick<App, 'keys'>, source: Source, { limit, cursor }: z.output<typeof PageQuery>): Promise<Page> {
  const items: Summary[] = []
  // No version is 0: a position at it lies after every version of the package.
  let position: Position | undefined = cursor === undefined ? undefined : [LastShown.parse(openCursor(app, LIST, cursor))[0], 0]
  for (;;) {
    const rows = await source.next(limit + 1, position)
    for (const { known } of rows) {
      if (!known || items.at(-1)?.id === known.row.package_id) continue
      if (items.length === limit) return { items, next: sealCursor(app, LIST, [items.at(-1)!.id]) }
      items.push(showSummary(known))
    }
    if (rows.length <= limit) return { items, next: null }
    const { package_id: id, version } = rows.at(-1)!.row
    position = [id, version]
  }
}

async function sourceFor(app: App, tx: Tx, actor: PersonActor): Promise<Source> {
  const now = app.clock.now()
  if (actor.kind !== 'contact') {
    return {
      next: async (limit, position) =>
        (await listNewestVersions(tx, actor.operator, limit, position)).map((row) => ({ row, known: knownToStaff(app, actor, row, now) })),
    }
  }
  const standings = await findStandings(app, tx, actor, now)
  return {
    next: async (limit, position) =>
      (await listVersionsFor(tx, actor, standings, now, { limit, position })).map((row) => ({ row, known: knownToContact(app, standings, row, now) })),
  }
}

/** The newest version that the actor may know of, or the one that is named. Throws NOT_FOUND. */
export function readPackage(app: App, actor: PersonActor, id: PackageId, number?: number): Promise<z.input<typeof PackageView>> {
  return app.db.read(actor, async (tx) => {
    const version =
      actor.kind === 'contact' ? await openForContact(app, tx, actor, id, app.clock.now(), number) : await openForStaff(app, tx, actor, id, number)
    if (!version) throw new Problem('NOT_FOUND')
    return showPackage(app, tx, version)
  })
}
