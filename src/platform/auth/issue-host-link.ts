import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { issueLink, type IssuedLink } from '#platform/auth/issue-link.ts'
import { findPerson } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'

/** A recovery link made by whoever holds the machine itself, for when no second operator is left. Throws NOT_FOUND, or CONFLICT for a disabled person. */
export async function issueHostLink(app: App, id: PersonId): Promise<IssuedLink> {
  return app.db.transaction(system('host'), async (tx) => {
    const person = await findPerson(tx, id)
    if (!person) throw new Problem('NOT_FOUND')
    if (person.disabledAt) throw new Problem('CONFLICT', 'This person is disabled.')
    const link = await issueLink(app, tx, 'recovery', id)
    await recordFor(app, tx, id, { action: 'link.issued', subject: id, binds: link.binds, details: { purpose: 'recovery' } })
    return link
  })
}
