import { randomUUID } from 'node:crypto'
import { createFindingsCollection } from '#exchange/findings/create-findings-collection.ts'
import { collectionRightRow, collectionRow, insertCollection, insertRight, type CollectionId } from '#exchange/collections/store.ts'
import type { App } from '#platform/app.ts'
import { insertOperator, insertPerson, operatorRow, personRow, replaceRoles, roleRows, setReached } from '#platform/auth/people-store.ts'
import type { Side } from '#platform/auth/person.ts'
import { beginWithTwoOfficers } from '#platform/auth/two-officers.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import { NO_CEILING } from '#program/embargo/may-read.ts'
import { admitMember } from '#program/membership/admit-member.ts'
import {
  acceptAgreement,
  acceptanceRow,
  agreementRow,
  clearanceRow,
  insertAgreement,
  insertClearance,
  insertContactKey,
} from '#program/membership/entitlement-store.ts'
import { functionRow, setFunctions } from '#program/membership/contacts/store.ts'
import { newAgeRecipient } from '#main/demonstration/age-recipient.ts'
import { AGREEMENT, CLEARANCE, COLLECTIONS, KEY_DAYS, MEMBER_DAYS, MEMBERS, OPERATOR, PEOPLE } from '#main/demonstration/members.ts'

/** The operator, its members, everybody's account and clearance, and the collections; in the transaction it is given. */
export async function loadMembers(app: App, tx: Tx): Promise<void> {
  const operator = app.ids.next<'operator'>() as OperatorId
  const at = app.clock.now()
  await insertOperator(tx, operator, OPERATOR, at)
  app.audit.record(tx, { action: 'operator.created', subject: operator, operator, binds: [operatorRow({ id: operator })] })
  await insertAgreement(tx, { operator, version: 1, text: AGREEMENT, at })
  app.audit.record(tx, { action: 'agreement.issued', subject: operator, operator, binds: [agreementRow({ operator_id: operator, version: '1' })] })
  const organisations = await admitMembers(app, tx, operator)
  await invitePeople(app, tx, operator, organisations, at)
  // Both of the operator's people are membership officers: what takes two takes two here from the first minute on.
  await beginWithTwoOfficers(app, tx, operator)
  await openCollections(app, tx, operator, organisations, at)
}

async function admitMembers(app: App, tx: Tx, operator: OperatorId): Promise<OrganisationId[]> {
  const organisations: OrganisationId[] = []
  // They were members before the windows of its packages opened: whoever joins within a window reads from the next one on.
  const since = new Date(app.clock.now().getTime() - MEMBER_DAYS * 86_400_000)
  for (const { organisation: title, domain, kind, tier } of MEMBERS) {
    const name = `${title} (${domain})`
    const organisation = await admitMember(app, tx, { operator, name, kind, tier, jurisdiction: NO_CEILING.policy, since, details: {} })
    organisations.push(organisation)
  }
  return organisations
}

async function invitePeople(app: App, tx: Tx, operator: OperatorId, organisations: readonly OrganisationId[], at: Date): Promise<void> {
  for (const { name, email, roles, member } of PEOPLE) {
    const id = app.ids.next<'person'>() as PersonId
    const side: Side = member === undefined ? { kind: 'operator', operator } : { kind: 'contact', organisation: organisations[member]!, operators: [operator] }
    await insertPerson(tx, { id, side, name, email, at })
    await setReached(tx, id, at)
    await replaceRoles(tx, id, side.kind, roles, at)
    await notify(app, tx, id, 'demonstration.welcome')
    app.audit.record(tx, { action: 'person.invited', subject: id, operator, binds: [personRow({ id }), ...roleRows(id, side.kind)] })
    if (side.kind === 'contact' && roles.includes('admin')) {
      const written = await setFunctions(tx, { person: id, organisation: side.organisation, functions: ['accountable', 'technical'], at })
      app.audit.record(tx, { action: 'contact.functions-set', subject: id, operator, binds: written.map((one) => functionRow({ person_id: one })) })
    }
    if (side.kind === 'contact' && MEMBERS[member!]!.kind === 'vendor') await clear(app, tx, { person: id, organisation: side.organisation, operator, at })
  }
}

interface Cleared {
  readonly person: PersonId
  readonly organisation: OrganisationId
  readonly operator: OperatorId
  readonly at: Date
}

/** A vendor accepts the agreement by its contact, who may then know of its packages. */
async function clear(app: App, tx: Tx, { person, organisation, operator, at }: Cleared): Promise<void> {
  const acceptance = await acceptAgreement(tx, { organisation, operator, text: AGREEMENT, by: person, at, countersignedBy: null })
  await insertClearance(tx, { person, operator, ...CLEARANCE, at })
  await insertContactKey(tx, { id: app.ids.next(), person, recipient: newAgeRecipient(), at, days: KEY_DAYS })
  const binds = [acceptanceRow(acceptance), clearanceRow({ person_id: person, operator_id: operator })]
  app.audit.record(tx, { action: 'person.cleared', subject: person, operator, binds })
}

async function openCollections(app: App, tx: Tx, operator: OperatorId, organisations: readonly OrganisationId[], at: Date): Promise<void> {
  for (const { title, description, canWrite, purpose } of COLLECTIONS) {
    // TAXII 2.1, section 5.2: a collection's id is a UUIDv4.
    const id = randomUUID() as string as CollectionId
    const collection = { id, operator, title, description, at }
    await (purpose === undefined ? insertCollection(tx, collection) : createFindingsCollection(app, tx, collection))
    const binds = [collectionRow({ id })]
    for (const organisation of organisations) {
      await insertRight(tx, { collection: id, operator, organisation, canRead: true, canWrite })
      binds.push(collectionRightRow({ collection_id: id, organisation_id: organisation }))
    }
    app.audit.record(tx, { action: 'collection.created', subject: id, operator, binds })
  }
}
