import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactRole, OperatorRole, PersonActor } from '#platform/auth/actor.ts'
import type { InvitePerson } from '#platform/auth/contract.ts'
import { grantRoles } from '#platform/auth/grant-roles.ts'
import { issueLink, type IssuedLink } from '#platform/auth/issue-link.ts'
import { withPresentRoles } from '#platform/auth/lock-managed-person.ts'
import { mayManageSide, maySee, rolesFit, type Person, type Role, type Side } from '#platform/auth/person.ts'
import { findOrganisationSide, findPerson, holdAccount, insertPerson, personRow } from '#platform/auth/people-store.ts'
import { proposeRoleChange } from '#platform/auth/propose-role-change.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import type { RoleChange } from '#platform/auth/role-change-store.ts'
import { tellOfficers } from '#platform/auth/tell-officers.ts'
import { actsAlone } from '#platform/auth/two-officers.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OrganisationId, PersonId } from '#platform/ids.ts'

export type InvitePersonResult =
  | { readonly state: 'done'; readonly person: Person; readonly link: IssuedLink }
  | { readonly state: 'waits'; readonly person: Person; readonly change: RoleChange }

/**
 * Creates an account and the link by which its person comes in, and tells the operator's other membership officers. An
 * account of the operator's own staff has neither roles nor a link until a second officer approves, unless there has
 * never been one. Throws NOT_FOUND for an organisation that is not the actor's to know, FORBIDDEN for one it may not manage, and
 * VALIDATION_FAILED for roles of the other side.
 */
export async function invitePerson(app: App, actor: PersonActor, input: z.output<typeof InvitePerson>): Promise<InvitePersonResult> {
  return app.db.transaction(actor, async (tx): Promise<InvitePersonResult> => {
    // Whether the officer acts alone does not change from here on: a second one who is coming in waits, or is in.
    await holdAccount(tx, actor.person)
    const side = await sideOf(tx, actor, input.organisation)
    requireFittingRoles(side, input.roles)
    const id = app.ids.next<'person'>() as PersonId
    const at = app.clock.now()
    await insertPerson(tx, { id, side, name: input.name, email: input.email ?? null, at })
    const roles = [...new Set(input.roles)]
    const alone = side.kind === 'operator' && (await actsAlone(tx, side.operator))
    if (side.kind === 'operator' && !alone) {
      const person = (await findPerson(tx, id))!
      const change = await proposeRoleChange(app, tx, actor, { person, roles: roles as OperatorRole[], binds: [personRow({ id })] })
      return { state: 'waits', person, change }
    }
    return { state: 'done', ...(await letIn(app, tx, actor, { id, side, name: input.name, roles, alone })) }
  })
}

/** Creates the account of a contact in the transaction in which its organisation was admitted, and its link; the caller has decided that it may. */
export async function bringInContact(
  app: App,
  tx: Tx,
  actor: PersonActor,
  side: Extract<Side, { kind: 'contact' }>,
  { name, email, roles }: { readonly name: string; readonly email: string; readonly roles: readonly ContactRole[] },
): Promise<{ readonly person: Person; readonly link: IssuedLink }> {
  const id = app.ids.next<'person'>() as PersonId
  await insertPerson(tx, { id, side, name, email, at: app.clock.now() })
  return letIn(app, tx, actor, { id, side, name, roles, alone: false })
}

interface NewPerson {
  readonly id: PersonId
  readonly side: Side
  readonly name: string
  readonly roles: readonly Role[]
  readonly alone: boolean
}

async function letIn(app: App, tx: Tx, actor: PersonActor, { id, side, name, roles, alone }: NewPerson): Promise<{ person: Person; link: IssuedLink }> {
  const granted = await grantRoles(app, tx, { id, side }, roles)
  const link = await issueLink(app, tx, 'invitation', id)
  const details = { roles: [...roles], ...(alone && { alone }) }
  await recordFor(app, tx, id, { action: 'person.invited', subject: id, binds: [personRow({ id }), ...granted, ...link.binds], details })
  await tellOfficers(app, tx, { about: id, except: actor.person }, 'person.invited', { person: id, name })
  return { person: (await findPerson(tx, id))!, link }
}

/** Throws VALIDATION_FAILED when a role belongs to the other side. */
export function requireFittingRoles(side: Side, roles: readonly Role[]): void {
  if (rolesFit(side, roles)) return
  const message = side.kind === 'operator' ? 'a person of the operator holds operator roles only' : 'a contact holds contact roles only'
  throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/roles', message }] })
}

async function sideOf(tx: Tx, actor: PersonActor, organisation: OrganisationId | undefined): Promise<Side> {
  const side = await namedSide(tx, actor, organisation)
  if (!side || !maySee(actor, side)) throw new Problem('NOT_FOUND')
  if (!mayManageSide(await withPresentRoles(tx, actor), side)) throw new Problem('FORBIDDEN', 'This organisation invites its own people.')
  return side
}

async function namedSide(tx: Tx, actor: PersonActor, organisation: OrganisationId | undefined): Promise<Side | undefined> {
  if (organisation !== undefined) return findOrganisationSide(tx, organisation)
  return actor.kind === 'operator' ? { kind: 'operator', operator: actor.operator } : findOrganisationSide(tx, actor.organisation)
}
