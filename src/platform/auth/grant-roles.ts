import type { App } from '#platform/app.ts'
import type { Person, Role } from '#platform/auth/person.ts'
import { replaceRoles, roleRows } from '#platform/auth/people-store.ts'
import { noteTwoOfficers } from '#platform/auth/two-officers.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'

/** Makes somebody's roles exactly these. The caller has authorised it and holds the account. Returns the rows for the caller's audit record. */
export async function grantRoles(app: App, tx: Tx, person: Pick<Person, 'id' | 'side'>, roles: readonly Role[]): Promise<Binding[]> {
  await replaceRoles(tx, person.id, person.side.kind, roles, app.clock.now())
  await noteTwoOfficers(app, tx, person.id)
  return roleRows(person.id, person.side.kind)
}
