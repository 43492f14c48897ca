import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { issueLink, type IssuedLink } from '#platform/auth/issue-link.ts'
import { isFirstOperator } from '#platform/auth/people-store.ts'

/** The link by which the first operator of an empty instance is created; undefined once there is an operator. Voids the one before. */
export async function issueFirstLink(app: App): Promise<IssuedLink | undefined> {
  return app.db.transaction(system('host'), async (tx) => {
    if (!(await isFirstOperator(tx))) return undefined
    const link = await issueLink(app, tx, 'first-operator', undefined)
    app.audit.record(tx, { action: 'link.issued', binds: link.binds, details: { purpose: 'first-operator' } })
    return link
  })
}
