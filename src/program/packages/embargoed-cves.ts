import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { openForContact, releaseOf } from '#program/packages/open-version.ts'
import { listHeldBeforeRelease } from '#program/packages/store.ts'

/**
 * CVE ids that a contact's organisation knows from packages it received and that are not released at the trusted instant, each
 * with the release instant. What it has not received says nothing here: the answer must not tell anybody what is under embargo.
 */
export async function embargoedCves(app: App, tx: Tx, actor: ContactActor): Promise<ReadonlyMap<string, Date>> {
  const now = app.clock.now()
  const embargoed = new Map<string, Date>()
  for (const { package: id, version } of await listHeldBeforeRelease(tx, actor.organisation, now)) {
    const open = await openForContact(app, tx, actor, id, now, version)
    const release = open && releaseOf(open.row)
    if (!release || !open.mayRead('bulletin')) continue
    for (const { cve } of open.content.vulnerabilities) if (cve) embargoed.set(cve, release.instant)
  }
  return embargoed
}
