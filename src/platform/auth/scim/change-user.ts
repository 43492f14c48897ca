import type { App } from '#platform/app.ts'
import { CONTACT_ROLES, type ContactActor, type ContactRole, type PersonActor } from '#platform/auth/actor.ts'
import { endAccount } from '#platform/auth/end-account.ts'
import { grantRoles } from '#platform/auth/grant-roles.ts'
import { withPresentRoles } from '#platform/auth/lock-managed-person.ts'
import { tellAboutOrganisation } from '#platform/auth/oidc/tell-about-provider.ts'
import { adminsOf, findOrganisationSide, findPerson, insertPerson, lockPerson, personRow } from '#platform/auth/people-store.ts'
import { mayManageSide, type Person } from '#platform/auth/person.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { bindByDirectory } from '#platform/auth/scim/bind-by-directory.ts'
import { ScimProblem } from '#platform/auth/scim/refusal.ts'
import { holdDirectory, listDirectory, putEntry, scimUserRow, setPersonDetails, type DirectoryUser } from '#platform/auth/scim/store.ts'
import type { WantedUser } from '#platform/auth/scim/user.ts'
import { caseless } from '#platform/auth/scim/caseless.ts'
import { tellOfficers } from '#platform/auth/tell-officers.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'

/** Roles that a directory gives. An admin is made by a person: a stolen token makes none. */
const GIVEN: readonly ContactRole[] = ['analyst', 'reader']

/** The only side that the directory of a member touches: its own contacts. Throws FORBIDDEN. */
export function asContact(actor: PersonActor): ContactActor {
  if (actor.kind !== 'contact') throw new Problem('FORBIDDEN')
  return actor
}

/**
 * Creates a contact as the member's directory describes it: a reader unless it says analyst, with no way in but the identity
 * provider (or a link that an admin makes) and no clearance. Throws ScimProblem `uniqueness` for a user name or an external id
 * that another contact has, `invalidValue` for other roles.
 */
export async function createUser(app: App, actor: ContactActor, wanted: WantedUser): Promise<DirectoryUser> {
  return app.db.transaction(actor, async (tx) => {
    await holdManaged(tx, actor)
    const present = await listDirectory(tx, actor.organisation)
    refuseTaken(present, undefined, wanted)
    const roles = givenRoles(wanted.roles ?? ['reader'], [])
    const id = app.ids.next<'person'>() as PersonId
    const at = app.clock.now()
    const side = { kind: 'contact', organisation: actor.organisation, operators: [] } as const
    await insertPerson(tx, { id, side, name: wanted.name, email: wanted.email, at })
    await putEntry(tx, { ...entryOf(wanted), person: id, organisation: actor.organisation, at, provisioned: true })
    const granted = await grantRoles(app, tx, { id, side }, roles)
    const binds = [personRow({ id }), scimUserRow({ person_id: id }), ...granted]
    await recordFor(app, tx, id, { action: 'person.provisioned', subject: id, binds, details: { roles: [...roles] } })
    await tellOfficers(app, tx, { about: id, except: actor.person }, 'person.invited', { person: id, name: wanted.name })
    const person = (await findPerson(tx, id))!
    await bindByDirectory(app, tx, person, wanted.externalId)
    if (!wanted.active) await leave(app, tx, actor, person)
    return one(tx, actor, id)
  })
}

/**
 * Makes a contact what the directory says now. `decide` is given the contact as it is. Not active ends the account for good with
 * everything it could sign in by, whoever it is, the token's own owner too: a leaver is out at once. Throws NOT_FOUND for who is
 * no contact of this member, `mutability` for bringing an ended account back, and as `createUser`.
 */
export async function changeUser(app: App, actor: ContactActor, id: PersonId, decide: (present: DirectoryUser) => Promise<WantedUser>): Promise<DirectoryUser> {
  return app.db.transaction(actor, async (tx) => {
    await holdManaged(tx, actor)
    const { person, user } = await lockUser(tx, actor, id)
    const wanted = await decide(user)
    if (!user.active && wanted.active)
      throw new ScimProblem('VALIDATION_FAILED', 'mutability', 'A disabled account does not come back: remove it and create another.')
    refuseTaken(await listDirectory(tx, actor.organisation), id, wanted)
    await describe(app, tx, actor, user, wanted)
    if (user.active) await setRoles(app, tx, actor, person, wanted.roles)
    if (user.active && wanted.active) await bindByDirectory(app, tx, person, wanted.externalId)
    if (user.active && !wanted.active) await leave(app, tx, actor, person)
    return one(tx, actor, id)
  })
}

/** Ends the account of a contact, and removes it from the directory; the account itself stays on record. Throws NOT_FOUND. */
export async function removeUser(app: App, actor: ContactActor, id: PersonId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    await holdManaged(tx, actor)
    const { person, user } = await lockUser(tx, actor, id)
    await leave(app, tx, actor, person)
    await putEntry(tx, { ...entryOf(user), person: id, organisation: actor.organisation, at: app.clock.now(), removed: true })
    await recordFor(app, tx, id, { action: 'person.removed-from-directory', subject: id, binds: [scimUserRow({ person_id: id })] })
  })
}

/** With the directory held: whoever asks manages the organisation at this moment. Throws FORBIDDEN. */
async function holdManaged(tx: Tx, actor: ContactActor): Promise<void> {
  await holdDirectory(tx, actor.organisation)
  const side = await findOrganisationSide(tx, actor.organisation)
  if (!side || !mayManageSide(await withPresentRoles(tx, actor), side)) throw new Problem('FORBIDDEN')
}

async function lockUser(tx: Tx, actor: ContactActor, id: PersonId): Promise<{ person: Person; user: DirectoryUser }> {
  const person = await lockPerson(tx, id)
  const [user] = await listDirectory(tx, actor.organisation, id)
  if (!person || !user || person.side.kind !== 'contact' || person.side.organisation !== actor.organisation) throw new Problem('NOT_FOUND')
  return { person, user }
}

async function one(tx: Tx, actor: ContactActor, id: PersonId): Promise<DirectoryUser> {
  return (await listDirectory(tx, actor.organisation, id))[0]!
}

function refuseTaken(present: readonly DirectoryUser[], self: PersonId | undefined, wanted: WantedUser): void {
  const taken = present.some(
    (user) =>
      user.id !== self && (caseless(user.userName) === caseless(wanted.userName) || (wanted.externalId !== null && user.externalId === wanted.externalId)),
  )
  if (taken) throw new ScimProblem('CONFLICT', 'uniqueness', 'Another contact of yours has this user name or external id.')
}

async function describe(app: App, tx: Tx, actor: ContactActor, user: DirectoryUser, wanted: WantedUser): Promise<void> {
  const same = (['userName', 'externalId', 'name', 'givenName', 'familyName', 'email'] as const).every((key) => user[key] === wanted[key])
  if (same) return
  await setPersonDetails(tx, user.id, wanted.name, wanted.email)
  await putEntry(tx, { ...entryOf(wanted), person: user.id, organisation: actor.organisation, at: app.clock.now() })
  const binds = [personRow({ id: user.id }), scimUserRow({ person_id: user.id })]
  await recordFor(app, tx, user.id, { action: 'person.described', subject: user.id, binds })
}

/** Gives and takes what a directory may; an admin stays one until a person says otherwise, and nobody's token changes their own roles. */
async function setRoles(app: App, tx: Tx, actor: ContactActor, person: Person, wanted: readonly string[] | undefined): Promise<void> {
  if (wanted === undefined) return
  const before = person.roles as readonly ContactRole[]
  const after = givenRoles(wanted, before)
  if (after.length === before.length && after.every((role) => before.includes(role))) return
  if (person.id === actor.person) throw new ScimProblem('VALIDATION_FAILED', 'mutability', 'Somebody else has to change your roles.')
  const binds = await grantRoles(app, tx, person, after)
  await recordFor(app, tx, person.id, { action: 'person.roles-set', subject: person.id, binds, details: { before: [...before], after: [...after] } })
}

function givenRoles(wanted: readonly string[], before: readonly ContactRole[]): ContactRole[] {
  const admin: ContactRole[] = before.includes('admin') ? ['admin'] : []
  const allowed: readonly string[] = [...GIVEN, ...admin]
  if (!wanted.every((role) => allowed.includes(role)))
    throw new ScimProblem('VALIDATION_FAILED', 'invalidValue', 'A directory gives the roles reader and analyst; an admin is made in the console.')
  const after = CONTACT_ROLES.filter((role) => wanted.includes(role) || admin.includes(role))
  if (after.length === 0) throw new ScimProblem('VALIDATION_FAILED', 'invalidValue', 'A contact has a role; whoever shall do nothing any more is not active.')
  return after
}

async function leave(app: App, tx: Tx, actor: ContactActor, person: Person): Promise<void> {
  const before = await adminsOf(tx, actor.organisation)
  const ended = await endAccount(app, tx, person)
  if (before.length === 0 || (await adminsOf(tx, actor.organisation)).length > 0) return
  await tellAboutOrganisation(app, tx, { id: actor.organisation, name: ended.sideName }, actor.person, 'organisation.without-admin')
}

function entryOf({ userName, externalId, givenName, familyName }: Pick<WantedUser, 'userName' | 'externalId' | 'givenName' | 'familyName'>) {
  return { userName, externalId, givenName, familyName }
}
