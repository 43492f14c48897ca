import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { emit } from '#platform/events/events.ts'
import type { OperatorId } from '#platform/ids.ts'
import { packageReleased } from '#program/packages/released/contract.ts'
import type { VersionKey } from '#program/packages/store.ts'
import type { ReleaseId } from '#program/releases/store.ts'

/** Says that a version is public, in the transaction that writes it down. */
export async function emitReleased(
  app: App,
  tx: Tx,
  { package: id, version, release }: VersionKey & { release: ReleaseId },
  operator: OperatorId,
): Promise<void> {
  await emit(app, tx, packageReleased, { package: id, version, release }, { operator })
}
