import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import { listAdmins } from '#program/membership/agreements/store.ts'

type News =
  | { readonly kind: 'agreement.issued'; readonly version: number; readonly acceptBy: Date }
  | { readonly kind: 'agreement.countersigned' | 'agreement.refused'; readonly version: number }

/** Tells the admins of an operator's members, or of the one that is named, what became of an agreement; in the caller's transaction. */
export async function tellAdmins(
  app: App,
  tx: Tx,
  whom: { readonly operator: { readonly id: OperatorId; readonly name: string }; readonly organisation?: OrganisationId },
  news: News,
): Promise<void> {
  const admins = await listAdmins(tx, whom.operator.id, whom.organisation)
  await notify(
    app,
    tx,
    admins.map(({ id }) => id),
    news.kind,
    { name: whom.operator.name },
  )
}
