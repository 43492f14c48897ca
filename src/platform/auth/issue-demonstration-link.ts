import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { issueLink, type IssuedLink } from '#platform/auth/issue-link.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import type { PersonId } from '#platform/ids.ts'

/** A link that signs a demonstration's person in with full rights. Throws outside the demonstration. */
export async function issueDemonstrationLink(app: App, person: PersonId): Promise<IssuedLink> {
  return app.db.transaction(system('host'), async (tx) => {
    const link = await issueLink(app, tx, 'demonstration', person)
    await recordFor(app, tx, person, { action: 'link.issued', subject: person, binds: link.binds, details: { purpose: 'demonstration' } })
    return link
  })
}
