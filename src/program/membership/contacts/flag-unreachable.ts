import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import { notify } from '#platform/notices/notify.ts'
import { isReachable, membersOf } from '#program/membership/contacts/store.ts'

/**
 * A person's address has bounced. When nobody of the organisation can be written to any more, each of its operators is told: nothing
 * new is delivered to it until somebody can (program.md, E31). That itself needs no flag: standing asks `isReachable`'s question at
 * every read. Harmless when repeated.
 */
export async function flagUnreachable(app: App, person: string): Promise<void> {
  await app.db.transaction(system('contacts.flag-unreachable'), async (tx) => {
    const [first, ...more] = await membersOf(tx, person)
    if (!first || (await isReachable(tx, first.organisation))) return
    for (const { organisation, name, operator } of [first, ...more]) {
      await notify(app, tx, await membershipOfficers(tx, operator), 'member.unreachable', { organisation, name })
      app.audit.record(tx, { action: 'member.unreachable', subject: organisation, operator })
    }
  })
}
