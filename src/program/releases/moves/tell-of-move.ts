import type { App } from '#platform/app.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { notify } from '#platform/notices/notify.ts'
import type { MovePlan } from '#program/releases/moves/plan-move.ts'
import type { StoredMove } from '#program/releases/moves/store.ts'

/** Most notices written at once: a statement has no more than 65,535 parameters. */
const AT_ONCE = 10_000

/**
 * Tells everybody whom a move concerns. Whoever may know of one of its packages is told so; everybody of the members is told only of
 * a release of the rule, by its calendar, whether or not there is anything on it.
 */
export async function tellOfMove(app: App, tx: Tx, { operator_id: operator, proposed_by: proposer }: StoredMove, plan: MovePlan): Promise<void> {
  const { tell, everybody } = plan
  const { name } = await tx.db.selectFrom('operator').select('name').where('id', '=', operator).executeTakeFirstOrThrow()
  for (let n = 0; n < tell.length; n += AT_ONCE)
    await notify(app, tx, tell.slice(n, n + AT_ONCE), everybody ? 'release.moved' : 'package.moved', { operator, name })
  await notify(app, tx, [...new Set([proposer, ...(await staffWith(tx, operator, 'publisher'))])], 'release.move-confirmed')
}
