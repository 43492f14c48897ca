import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { PARTS, type Part } from '#program/packages/contract.ts'
import { openForContact, openForStaff, type OpenVersion } from '#program/packages/open-version.ts'
import type { DifferenceList, DifferenceQuery } from '#program/packages/revisions/contract.ts'
import { differences } from '#program/packages/revisions/differences.ts'
import { shows } from '#program/packages/show-package.ts'
import { viewOf } from '#program/packages/view.ts'

/**
 * What is different between two versions of a package, of the parts that the reader may read and has received of both: a part that
 * is closed in one of them says nothing of the other (I12, I14). Throws NOT_FOUND for a version that the reader may not know of or has
 * received nothing of.
 */
export function showDifferences(
  app: App,
  actor: PersonActor,
  id: PackageId,
  { from, to }: z.output<typeof DifferenceQuery>,
): Promise<z.input<typeof DifferenceList>> {
  return app.db.read(actor, async (tx) => {
    const [before, after] = [await open(app, tx, actor, id, from), await open(app, tx, actor, id, to)]
    if (!before || !after) throw new Problem('NOT_FOUND')
    const parts = PARTS.filter((part) => shows(before, part) && shows(after, part))
    const view = ({ content }: OpenVersion) => viewOf(content, (part: Part) => parts.includes(part))
    return { from, to, parts, items: differences(view(before), view(after)).map((one) => ({ ...one, place: [...one.place] })) as never }
  })
}

async function open(app: App, tx: Tx, actor: PersonActor, id: PackageId, version: number): Promise<OpenVersion | undefined> {
  if (actor.kind !== 'contact') return openForStaff(app, tx, actor, id, version)
  const found = await openForContact(app, tx, actor, id, app.clock.now(), version)
  return found?.contact?.receivedAt ? found : undefined
}
