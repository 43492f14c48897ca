import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import { listHoldingPeople } from '#program/packages/holders/store.ts'
import type { VersionKey } from '#program/packages/store.ts'

type HolderNotice = 'package.revised' | 'package.deferred' | 'package.pulled' | 'package.withdrawn' | 'package.cves-deferred'

/** Tells everybody who was given this version of a package, or one before it, that something became of it. Returns how many they are. */
export async function tellHolders(app: App, tx: Tx, operator: OperatorId, { package: id, version }: VersionKey, kind: HolderNotice): Promise<number> {
  const people = await listHoldingPeople(tx, operator, id, version)
  await notify(
    app,
    tx,
    people.map(({ person }) => person),
    kind,
    { operator, package: id },
  )
  return people.length
}
