import type { App } from '#platform/app.ts'
import type { OperatorRole, PersonActor } from '#platform/auth/actor.ts'
import type { Person } from '#platform/auth/person.ts'
import { roleRows } from '#platform/auth/people-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import {
  closeRoleChangesOf,
  findRoleChange,
  insertRoleChange,
  isRoleChangeWaiting,
  roleChangeRow,
  type RoleChange,
  type RoleChangeId,
} from '#platform/auth/role-change-store.ts'
import { ROLE_CHANGE_LIFE_MS } from '#platform/auth/session.ts'
import { tellOfficers } from '#platform/auth/tell-officers.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'

/**
 * Writes down that one of the operator's own staff shall hold exactly these roles. Nothing changes for that person
 * until a second officer approves; they are told, as are the other officers. The caller has authorised it and holds the
 * account; `binds` are rows it wrote. Throws CONFLICT when a change of this person waits already.
 */
export async function proposeRoleChange(
  app: App,
  tx: Tx,
  actor: PersonActor,
  change: { readonly person: Person; readonly roles: readonly OperatorRole[]; readonly binds?: readonly Binding[] },
): Promise<RoleChange> {
  const { person, roles, binds = [] } = change
  if (actor.kind !== 'operator') throw new Problem('FORBIDDEN')
  const at = app.clock.now()
  const expired = await closeRoleChangesOf(tx, person.id, at, 'expired')
  if (await isRoleChangeWaiting(tx, person.id)) throw new Problem('CONFLICT', 'A role change of this person waits already; approve or close it first.')
  const id = app.ids.next<'role-change'>() as RoleChangeId
  const expiresAt = new Date(at.getTime() + ROLE_CHANGE_LIFE_MS)
  await insertRoleChange(tx, { id, person: person.id, operator: actor.operator, roles, by: actor.person, at, expiresAt })
  await recordFor(app, tx, person.id, {
    action: 'role-change.proposed',
    subject: person.id,
    binds: [...[id, ...expired].map((row) => roleChangeRow({ id: row })), ...roleRows(person.id, 'operator'), ...binds],
    details: { before: person.roles, after: roles },
  })
  const data = { change: id, person: person.id, name: person.name }
  await notify(app, tx, person.id, 'role-change.proposed', data)
  await tellOfficers(app, tx, { about: person.id, except: actor.person }, 'role-change.proposed', data)
  return (await findRoleChange(tx, id))!
}
