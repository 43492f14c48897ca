import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { approveRecovery } from '#platform/auth/approve-recovery.ts'
import { closeRecovery } from '#platform/auth/close-recovery.ts'
import { InvitedPerson, InvitePerson, Link, OpenRecovery, Person, PersonIdSchema, Recovery, RolesSet, SetRoles } from '#platform/auth/contract.ts'
import { disablePerson } from '#platform/auth/disable-person.ts'
import { invitePerson, type InvitePersonResult } from '#platform/auth/invite-person.ts'
import { openRecovery } from '#platform/auth/open-recovery.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { maySee, type Person as Account } from '#platform/auth/person.ts'
import { findPerson, listPeople } from '#platform/auth/people-store.ts'
import { may } from '#platform/auth/policy.ts'
import { listRecoveries, type Recovery as RecoveryRow } from '#platform/auth/recovery-store.ts'
import { recoveryState } from '#platform/auth/recovery.ts'
import { renewInvitation } from '#platform/auth/renew-invitation.ts'
import { showRoleChange } from '#platform/auth/role-change-routes.ts'
import { setRoles, type SetRolesResult } from '#platform/auth/set-roles.ts'
import { Problem } from '#platform/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { idSchema } from '#platform/ids.ts'

const tag = 'auth'
const person = z.object({ id: PersonIdSchema })
const recovery = z.object({ id: idSchema<'recovery'>() })

/** Other people's accounts, and their recovery. */
export function peopleRoutes(app: App): Route[] {
  return [...people(app), ...recoveries(app)]
}

function people(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/people',
      summary: 'Lists the people you can see, the newest first.',
      tag,
      access: may.listPeople,
      query: PageQuery,
      response: pageOf(Person),
      handle: ({ actor, query }) =>
        pageById(app, 'people', query, (limit, before) => app.db.read(actor, (tx) => listPeople(tx, actor, limit, before)), showPerson),
    }),
    route({
      method: 'POST',
      url: '/api/people',
      summary: "Invites a person; the one-time link is shown in this answer only. One of the operator's staff waits for a second membership officer.",
      tag,
      access: may.invitePerson,
      creates: true,
      secret: true,
      body: InvitePerson,
      status: 201,
      response: InvitedPerson,
      handle: async ({ actor, body }) => showInvited(await invitePerson(app, actor, body), app.clock.now()),
    }),
    route({
      method: 'GET',
      url: '/api/people/:id',
      summary: 'Shows a person.',
      tag,
      access: may.listPeople,
      params: person,
      response: Person,
      handle: async ({ actor, params: { id } }) => {
        const found = await app.db.read(actor, (tx) => findPerson(tx, id))
        if (!found || !maySee(actor, found.side)) throw new Problem('NOT_FOUND')
        return showPerson(found)
      },
    }),
    route({
      method: 'PUT',
      url: '/api/people/:id/roles',
      summary: "Sets somebody else's roles; what gives one of the operator's staff a role waits for a second membership officer.",
      tag,
      access: may.setRoles,
      params: person,
      body: SetRoles,
      response: RolesSet,
      handle: async ({ actor, params: { id }, body }) => showRolesSet(await setRoles(app, actor, id, body.roles), app.clock.now()),
    }),
    route({
      method: 'POST',
      url: '/api/people/:id/invitations',
      summary: 'Makes a new invitation link for somebody who has never come in; the earlier one ends.',
      tag,
      access: may.invitePerson,
      creates: true,
      secret: true,
      params: person,
      status: 201,
      response: Link,
      handle: ({ actor, params: { id } }) => renewInvitation(app, actor, id),
    }),
    route({
      method: 'POST',
      url: '/api/people/:id/disable',
      summary: 'Ends an account for good, with its passkeys, sessions, tokens and links.',
      tag,
      access: may.disablePerson,
      params: person,
      response: Person,
      handle: async ({ actor, params: { id } }) => showPerson(await disablePerson(app, actor, id)),
    }),
  ]
}

function recoveries(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/recoveries',
      summary: "Lists your operator's recoveries, the newest first.",
      tag,
      access: may.listRecoveries,
      query: PageQuery,
      response: pageOf(Recovery),
      handle: ({ actor, query }) => {
        const now = app.clock.now()
        const read = (limit: number, before: string | undefined) => app.db.read(actor, (tx) => listRecoveries(tx, limit, before))
        return pageById(app, 'recoveries', query, read, (row) => showRecovery(row, now))
      },
    }),
    route({
      method: 'POST',
      url: '/api/people/:id/recoveries',
      summary: 'Opens a recovery for somebody who has lost their passkeys; a second membership officer approves it.',
      tag,
      access: may.openRecovery,
      creates: true,
      params: person,
      body: OpenRecovery,
      status: 201,
      response: Recovery,
      handle: async ({ actor, params: { id }, body }) => showRecovery(await openRecovery(app, actor, id, body.reason), app.clock.now()),
    }),
    route({
      method: 'POST',
      url: '/api/recoveries/:id/approval',
      summary: 'Approves a recovery that somebody else opened; the one-time link to hand over is shown in this answer only.',
      tag,
      access: may.approveRecovery,
      creates: true,
      secret: true,
      params: recovery,
      status: 201,
      response: Link,
      handle: ({ actor, params: { id } }) => approveRecovery(app, actor, id),
    }),
    route({
      method: 'DELETE',
      url: '/api/recoveries/:id',
      summary: 'Closes a recovery that should not go on; an unused link of it ends.',
      tag,
      access: may.closeRecovery,
      params: recovery,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await closeRecovery(app, actor, id)
        return undefined
      },
    }),
  ]
}

function showPerson(account: Account): z.input<typeof Person> {
  const { id, name, email, side, sideName, roles, passkeys, createdAt, disabledAt } = account
  const organisation = { id: side.kind === 'operator' ? side.operator : side.organisation, name: sideName }
  return { id, name, email, kind: side.kind, organisation, roles: [...roles], passkeys, createdAt, disabledAt }
}

function showInvited(invited: InvitePersonResult, now: Date): z.input<typeof InvitedPerson> {
  const person = showPerson(invited.person)
  return invited.state === 'done' ? { state: 'done', person, link: invited.link } : { state: 'waits', person, change: showRoleChange(invited.change, now) }
}

function showRolesSet(set: SetRolesResult, now: Date): z.input<typeof RolesSet> {
  const person = showPerson(set.person)
  return set.state === 'done' ? { state: 'done', person } : { state: 'waits', person, change: showRoleChange(set.change, now) }
}

function showRecovery(row: RecoveryRow, now: Date): z.input<typeof Recovery> {
  return {
    id: row.id,
    person: { id: row.person_id, name: row.person_name },
    reason: row.reason,
    openedBy: { id: row.opened_by, name: row.opener_name },
    openedAt: row.opened_at,
    expiresAt: row.expires_at,
    approvedBy: row.approved_by === null ? null : { id: row.approved_by, name: row.approver_name ?? '' },
    approvedAt: row.approved_at,
    state: recoveryState(row, now),
  }
}
