import type { App } from '#platform/app.ts'
import { CONTACT_ROLES, OPERATOR_ROLES, system, type ContactActor, type ContactRole, type OperatorActor, type OperatorRole } from '#platform/auth/actor.ts'
import { TOKEN_SCOPES } from '#platform/auth/contract.ts'
import { addToken } from '#platform/auth/create-token.ts'
import { insertOperator, insertPerson, operatorRow, personRow, replaceRoles, roleRows } from '#platform/auth/people-store.ts'
import type { Role, Side } from '#platform/auth/person.ts'
import { startSession } from '#platform/auth/start-session.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { newAgeRecipient } from '#main/demonstration/age-recipient.ts'
import {
  acceptanceRow,
  acceptAgreement,
  agreementRow,
  clearanceRow,
  insertAgreement,
  insertClearance,
  insertContactKey,
} from '#program/membership/entitlement-store.ts'
import { membershipRow, organisationRow } from '#program/membership/store.ts'

/** A person who has signed in with a passkey and has an API token of all scopes, good for 366 days. */
export interface SeededPerson<A extends OperatorActor | ContactActor> {
  readonly id: PersonId
  readonly name: string
  /** The person in the session. */
  readonly actor: A
  /** Headers of a request that the console sends: cookie and same-origin. */
  readonly session: { readonly cookie: string; readonly 'sec-fetch-site': 'same-origin' }
  /** Headers of a request with the API token. */
  readonly token: { readonly authorization: string }
}

export interface SeededOrganisation {
  readonly id: OrganisationId
  readonly name: string
  readonly kind: 'vendor' | 'responder'
  readonly people: Readonly<Record<ContactRole, SeededPerson<ContactActor>>>
}

export interface SeededOperator {
  readonly id: OperatorId
  readonly name: string
  readonly people: Readonly<Record<OperatorRole, SeededPerson<OperatorActor>>>
  readonly vendor: SeededOrganisation
  readonly responder: SeededOrganisation
}

/** Two operators that share nothing: one person per operator role, a vendor and a responder each with one contact per contact role. */
export async function seedPeople(app: App): Promise<readonly [SeededOperator, SeededOperator]> {
  return [await seedOperator(app, 'A'), await seedOperator(app, 'B')]
}

async function seedOperator(app: App, letter: string): Promise<SeededOperator> {
  const id = app.ids.next<'operator'>() as OperatorId
  const name = `Operator ${letter}`
  // One transaction for all: they are what a test begins with, and nearly every file makes them.
  const people = await app.db.transaction(system('seed'), async (tx) => {
    await insertOperator(tx, id, name, app.clock.now())
    app.audit.record(tx, { action: 'operator.created', subject: id, operator: id, binds: [operatorRow({ id })] })
    return seedRoles(OPERATOR_ROLES, (role) => seedStaffIn(app, tx, id, role, `${name} ${role}`))
  })
  return { id, name, people, vendor: await seedOrganisation(app, id, letter, 'vendor'), responder: await seedOrganisation(app, id, letter, 'responder') }
}

/** One more person of an operator. */
export function seedStaff(app: App, operator: OperatorId, role: OperatorRole, name: string): Promise<SeededPerson<OperatorActor>> {
  return app.db.transaction(system('seed'), (tx) => seedStaffIn(app, tx, operator, role, name))
}

function seedStaffIn(app: App, tx: Tx, operator: OperatorId, role: OperatorRole, name: string): Promise<SeededPerson<OperatorActor>> {
  return seedPerson<OperatorActor>(app, tx, { kind: 'operator', operator }, role, name, (person, credential) => ({
    kind: 'operator',
    person,
    operator,
    roles: [role],
    credential,
  }))
}

/** One more member of an operator, with a contact per role. */
export async function seedOrganisation(app: App, operator: OperatorId, letter: string, kind: 'vendor' | 'responder'): Promise<SeededOrganisation> {
  const id = app.ids.next<'organisation'>() as OrganisationId
  const name = `${kind === 'vendor' ? 'Vendor' : 'Responder'} ${letter}`
  const at = app.clock.now()
  return app.db.transaction(system('seed'), async (tx) => {
    await tx.db.insertInto('organisation').values({ id, name, kind, created_at: at }).execute()
    await joinOperator(app, tx, id, operator, kind === 'vendor' ? 'advance' : 'responder')
    app.audit.record(tx, { action: 'organisation.created', subject: id, operator, binds: [organisationRow({ id })] })
    const people = await seedRoles(CONTACT_ROLES, (role) =>
      seedPerson<ContactActor>(app, tx, { kind: 'contact', organisation: id, operators: [operator] }, role, `${name} ${role}`, (person, credential) => ({
        kind: 'contact',
        person,
        organisation: id,
        organisationKind: kind,
        roles: [role],
        credential,
      })),
    )
    return { id, name, kind, people }
  })
}

/** Makes an organisation an active member of an operator. */
export async function joinOperator(app: App, tx: Tx, organisation: OrganisationId, operator: OperatorId, tier = 'advance'): Promise<void> {
  const key = { organisation_id: organisation, operator_id: operator }
  await tx.db
    .insertInto('membership')
    .values({ ...key, tier, state: 'active', created_at: app.clock.now() })
    .execute()
  app.audit.record(tx, { action: 'member.joined', subject: organisation, operator, binds: [membershipRow(key)] })
}

export const AGREEMENT = 'Members keep what they are told to themselves until the release.'

export interface Entitling {
  readonly products?: readonly string[]
  readonly proofOfConcept?: boolean
  /** Policy of the legal entity and of the person's place of work; null for none. */
  readonly jurisdiction?: string | null
  readonly accepts?: boolean
  readonly clears?: boolean
  /** Whether the person has a key for what is delivered to them. */
  readonly keyed?: boolean
  readonly tier?: 'validate' | 'advance' | 'entry' | 'responder'
}

/** Gives a contact of a member everything that reading packages takes: agreement, jurisdiction, clearance and key, or all but what is turned off. */
export async function entitle(
  app: App,
  operator: { readonly id: OperatorId },
  organisation: { readonly id: OrganisationId },
  person: { readonly id: PersonId },
  { products = ['*'], proofOfConcept = false, jurisdiction = 'unrestricted@1', accepts = true, clears = true, keyed = true, tier = 'advance' }: Entitling = {},
): Promise<void> {
  const at = app.clock.now()
  const member = { organisation_id: organisation.id, operator_id: operator.id }
  await app.db.transaction(system('seed'), async (tx) => {
    const current = await tx.db.selectFrom('agreement').select('text').where('operator_id', '=', operator.id).executeTakeFirst()
    if (!current) await insertAgreement(tx, { operator: operator.id, version: 1, text: AGREEMENT, at })
    const binds = [agreementRow({ operator_id: operator.id, version: '1' }), membershipRow(member)]
    const accepted = await tx.db
      .selectFrom('agreement_acceptance')
      .select('sha256')
      .where('organisation_id', '=', organisation.id)
      .where('operator_id', '=', operator.id)
      .executeTakeFirst()
    if (accepts && !accepted) {
      binds.push(
        acceptanceRow(
          await acceptAgreement(tx, { organisation: organisation.id, operator: operator.id, text: AGREEMENT, by: person.id, at, countersignedBy: null }),
        ),
      )
    }
    await tx.db
      .updateTable('membership')
      .set({ jurisdiction, tier })
      .where('organisation_id', '=', organisation.id)
      .where('operator_id', '=', operator.id)
      .execute()
    if (keyed) await insertContactKey(tx, { id: app.ids.next(), person: person.id, recipient: newAgeRecipient(), at, days: 3650 })
    if (clears) {
      await insertClearance(tx, { person: person.id, operator: operator.id, products, proofOfConcept, jurisdiction, at })
      binds.push(clearanceRow({ person_id: person.id, operator_id: operator.id }))
    }
    app.audit.record(tx, { action: 'person.cleared', subject: person.id, operator: operator.id, binds })
  })
}

/** One more organisation that is a member of an operator, with one contact per contact role. */
export function seedMember(app: App, operator: OperatorId, letter: string, kind: 'vendor' | 'responder' = 'vendor'): Promise<SeededOrganisation> {
  return seedOrganisation(app, operator, letter, kind)
}

async function seedRoles<R extends Role, P>(roles: readonly R[], seed: (role: R) => Promise<P>): Promise<Record<R, P>> {
  const people: [R, P][] = []
  for (const role of roles) people.push([role, await seed(role)])
  return Object.fromEntries(people) as Record<R, P>
}

/** One more person, signed in like the others. */
async function seedPerson<A extends OperatorActor | ContactActor>(
  app: App,
  tx: Tx,
  side: Side,
  role: Role,
  name: string,
  toActor: (person: PersonId, credential: OperatorActor['credential']) => A,
): Promise<SeededPerson<A>> {
  const id = app.ids.next<'person'>() as PersonId
  await insertPerson(tx, { id, side, name, email: side.kind === 'contact' ? `${id}@contact.example` : null, at: app.clock.now() })
  await replaceRoles(tx, id, side.kind, [role], app.clock.now())
  app.audit.record(tx, { action: 'person.invited', subject: id, binds: [personRow({ id }), ...roleRows(id, side.kind)] })
  const started = await startSession(app, tx, { person: id, method: 'passkey', client: { address: '192.0.2.1', userAgent: 'seed' } })
  const { secret } = await addToken(app, tx, id, { name: 'seed', scopes: [...TOKEN_SCOPES], expiresInDays: 366 })
  const cookie = `${app.config.url.protocol === 'https:' ? '__Host-vedette' : 'vedette'}=${started.secret}`
  const actor = toActor(id, { kind: 'session', id: started.id, method: 'passkey' })
  return { id, name, actor, session: { cookie, 'sec-fetch-site': 'same-origin' }, token: { authorization: `Bearer ${secret}` } }
}
