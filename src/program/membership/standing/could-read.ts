import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OrganisationId, PersonId } from '#platform/ids.ts'
import { EMBARGO_RULE } from '#program/embargo/may-read.ts'
import type { Member } from '#program/membership/standing/change-store.ts'
import type { CouldRead, CouldReadQuery } from '#program/membership/standing/contract.ts'
import { findMember, listContacts } from '#program/membership/standing/standing-store.ts'
import { findStandings } from '#program/packages/contact-reader.ts'
import { knownToContact } from '#program/packages/known-version.ts'
import { PARTS } from '#program/packages/contract.ts'
import { listVersionsFor } from '#program/packages/store.ts'

const MOST_VERSIONS = 1000

/**
 * What contacts of a member could read of the operator's packages at an instant that is over: the same predicate on the facts that
 * had been written by then, in the state of the versions as they are. It is not what they did read: receipts say that. The question
 * itself is on record. Throws NOT_FOUND, and VALIDATION_FAILED for an instant to come.
 */
export function couldRead(
  app: App,
  actor: OperatorActor,
  organisation: OrganisationId,
  { at, person }: z.output<typeof CouldReadQuery>,
): Promise<z.input<typeof CouldRead>> {
  return app.db.transaction(actor, async (tx) => {
    const key = { operator: actor.operator, organisation }
    if (!(await findMember(tx, key))) throw new Problem('NOT_FOUND')
    if (at > app.clock.now()) throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/query/at', message: 'an instant that is over' }] })
    // The member is the operator's, or was: its people are not the operator's to see any more once it was terminated.
    const people = await tx.asSystem(() => readableBy(app, tx, key, at, person))
    app.audit.record(tx, { action: 'member.readable-asked', subject: organisation, details: { at: at.toISOString(), person: person ?? null } })
    return { at, rule: EMBARGO_RULE, people }
  })
}

async function readableBy(app: App, tx: Tx, { operator, organisation }: Member, at: Date, person: PersonId | undefined) {
  const contacts = (await listContacts(tx, organisation)).filter(({ id }) => person === undefined || id === person)
  if (person !== undefined && contacts.length === 0) throw new Problem('NOT_FOUND')
  const people: z.input<typeof CouldRead>['people'] = []
  for (const contact of contacts) {
    const who = { person: contact.id, organisation }
    const standings = (await findStandings(app, tx, who, at, true)).filter((standing) => standing.operator === operator)
    const rows = await listVersionsFor(tx, who, standings, at, { limit: MOST_VERSIONS, position: undefined })
    const versions = rows.flatMap((row) => {
      const known = knownToContact(app, standings, row, at)
      return known ? [{ package: row.package_id, version: row.version, parts: PARTS.filter((part) => known.mayRead(part)) }] : []
    })
    people.push({ person: contact, versions })
  }
  return people
}
