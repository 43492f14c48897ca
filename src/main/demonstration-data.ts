import { randomUUID } from 'node:crypto'
import { collectionRightRow, collectionRow, insertCollection, insertRight, type CollectionId } from '#exchange/taxii/store.ts'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { insertOperator, insertPerson, operatorRow, personRow, replaceRoles, roleRows } from '#platform/auth/people-store.ts'
import type { Role, Side } from '#platform/auth/person.ts'
import { beginWithTwoOfficers } from '#platform/auth/two-officers.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import type { Tier } from '#program/membership/contract.ts'
import { insertMember, membershipRow, organisationRow } from '#program/membership/store.ts'

/** What scripts and the printed links need of the demonstration. */
export interface DemonstrationData {
  readonly operator: OperatorId
  readonly people: readonly { readonly role: string; readonly id: PersonId }[]
  readonly collections: readonly { readonly id: string; readonly canRead: boolean; readonly canWrite: boolean }[]
}

const OPERATOR = 'Response centre of psirt.example'
const MEMBERS: readonly { name: string; kind: 'vendor' | 'responder'; tier: Tier }[] = [
  { name: 'Endpoint vendor (endpoint.example)', kind: 'vendor', tier: 'advance' },
  { name: 'Network vendor (network.example)', kind: 'vendor', tier: 'entry' },
  { name: 'Validation partner (validate.example)', kind: 'vendor', tier: 'validate' },
  { name: 'National CERT (cert.example)', kind: 'responder', tier: 'responder' },
  { name: 'Hospital incident response (hospital.example)', kind: 'responder', tier: 'responder' },
]
/** The four people whose links are printed. `member` is the index of their organisation; without it they are the operator's own. */
const PEOPLE: readonly { role: string; name: string; email: string; roles: readonly Role[]; member?: number }[] = [
  { role: 'operator author', name: 'Operator author', email: 'author@psirt.example', roles: ['author', 'analyst', 'membership-officer'] },
  {
    role: 'operator approver',
    name: 'Operator approver',
    email: 'approver@psirt.example',
    roles: ['reviewer', 'publisher', 'membership-officer', 'tracer', 'auditor'],
  },
  { role: 'vendor analyst', name: 'Vendor analyst', email: 'analyst@endpoint.example', roles: ['analyst'], member: 0 },
  { role: 'responder', name: 'Responder', email: 'responder@cert.example', roles: ['admin', 'analyst'], member: 3 },
]
const COLLECTIONS = [
  { title: 'Community indicators', description: 'Indicators that members and responders share with one another.', members: [0, 1, 2, 3, 4], canWrite: true },
  { title: 'Scanner findings', description: 'What the scanner found in submitted documents, as indicators.', members: [0, 1, 2, 3, 4], canWrite: false },
] as const

/** The loaded demonstration, or undefined when it is not there yet. Rights are those of the vendor's analyst. */
export async function readDemonstration(tx: Tx): Promise<DemonstrationData | undefined> {
  const operator = await tx.db.selectFrom('operator').select('id').where('name', '=', OPERATOR).executeTakeFirst()
  if (!operator) return undefined
  const names = PEOPLE.map(({ name }) => name)
  const rows = await tx.db.selectFrom('person').select(['id', 'name', 'organisation_id']).where('name', 'in', names).orderBy('id').execute()
  const people = PEOPLE.map(({ role, name }) => ({ role, id: rows.find((row) => row.name === name)!.id as PersonId }))
  const vendor = rows.find(({ name }) => name === 'Vendor analyst')!.organisation_id!
  const rights = await tx.db.selectFrom('collection_right').selectAll().where('organisation_id', '=', vendor).orderBy('collection_id').execute()
  return {
    operator: operator.id as OperatorId,
    people,
    collections: rights.map((right) => ({ id: right.collection_id, canRead: right.can_read, canWrite: right.can_write })),
  }
}

/** Loads the demonstration in one transaction: either all of it is there, or nothing. */
export async function loadDemonstration(app: App): Promise<DemonstrationData> {
  return app.db.transaction(system('demonstration'), async (tx) => {
    const operator = app.ids.next<'operator'>() as OperatorId
    const at = app.clock.now()
    await insertOperator(tx, operator, OPERATOR, at)
    app.audit.record(tx, { action: 'operator.created', subject: operator, operator, binds: [operatorRow({ id: operator })] })
    const organisations = await loadMembers(app, tx, operator, at)
    await loadPeople(app, tx, operator, organisations, at)
    // Two of the four are membership officers: what takes two takes two here from the first minute on.
    await beginWithTwoOfficers(app, tx, operator)
    await loadCollections(app, tx, operator, organisations, at)
    return (await readDemonstration(tx))!
  })
}

async function loadMembers(app: App, tx: Tx, operator: OperatorId, at: Date): Promise<OrganisationId[]> {
  const organisations: OrganisationId[] = []
  for (const member of MEMBERS) {
    const organisation = app.ids.next<'organisation'>() as OrganisationId
    await insertMember(tx, { ...member, organisation, operator, at })
    const binds = [organisationRow({ id: organisation }), membershipRow({ organisation_id: organisation, operator_id: operator })]
    app.audit.record(tx, { action: 'member.admitted', subject: organisation, operator, binds })
    organisations.push(organisation)
  }
  return organisations
}

async function loadPeople(app: App, tx: Tx, operator: OperatorId, organisations: readonly OrganisationId[], at: Date): Promise<void> {
  for (const { name, email, roles, member } of PEOPLE) {
    const id = app.ids.next<'person'>() as PersonId
    const side: Side = member === undefined ? { kind: 'operator', operator } : { kind: 'contact', organisation: organisations[member]!, operators: [operator] }
    await insertPerson(tx, { id, side, name, email, at })
    await replaceRoles(tx, id, side.kind, roles, at)
    await notify(app, tx, id, 'demonstration.welcome')
    app.audit.record(tx, { action: 'person.invited', subject: id, operator, binds: [personRow({ id }), ...roleRows(id, side.kind)] })
  }
}

async function loadCollections(app: App, tx: Tx, operator: OperatorId, organisations: readonly OrganisationId[], at: Date): Promise<void> {
  for (const { title, description, members, canWrite } of COLLECTIONS) {
    // TAXII 2.1, section 5.2: a collection's id is a UUIDv4.
    const id = randomUUID() as string as CollectionId
    await insertCollection(tx, { id, operator, title, description, at })
    const binds: Binding[] = [collectionRow({ id })]
    for (const member of members) {
      const organisation = organisations[member]!
      await insertRight(tx, { collection: id, operator, organisation, canRead: true, canWrite })
      binds.push(collectionRightRow({ collection_id: id, organisation_id: organisation }))
    }
    app.audit.record(tx, { action: 'collection.created', subject: id, operator, binds })
  }
}
