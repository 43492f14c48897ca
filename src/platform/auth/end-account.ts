import type { App } from '#platform/app.ts'
import { endCredentials } from '#platform/auth/end-credentials.ts'
import type { Person } from '#platform/auth/person.ts'
import { findPerson, personRow, setDisabled } from '#platform/auth/people-store.ts'
import { closeRecoveriesOf, recoveryRow } from '#platform/auth/recovery-store.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { closeRoleChangesOf, roleChangeRow } from '#platform/auth/role-change-store.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import { discover } from '#platform/discover.ts'
import type { PersonId } from '#platform/ids.ts'

/**
 * What a feature ends when a person leaves, in the transaction in which they do: exported as `onLeave` by a file `leaver.ts` and found
 * there. Returns the rows that it wrote, for the leaf. It acts for whoever may disable, so it crosses the actor's own rows by `tx.asSystem`.
 */
export type LeaverStep = (tx: Tx, person: PersonId, at: Date) => Promise<readonly Binding[]>

let steps: Promise<readonly LeaverStep[]> | undefined

/**
 * Ends an account for good with everything it could sign in by and whatever else hangs on it, and records it. The caller has
 * authorised it and holds the account (`lockManagedPerson`, `lockPerson`); a second time changes nothing.
 */
export async function endAccount(app: App, tx: Tx, person: Person): Promise<Person> {
  if (person.disabledAt) return person
  const at = app.clock.now()
  await setDisabled(tx, person.id, at)
  const closed = await closeRecoveriesOf(tx, person.id, at)
  const changes = person.side.kind === 'operator' ? await closeRoleChangesOf(tx, person.id, at) : []
  const ended = [...closed.map((recovery) => recoveryRow({ id: recovery })), ...changes.map((change) => roleChangeRow({ id: change }))]
  const binds = [personRow({ id: person.id }), ...(await endCredentials(tx, person.id, at)), ...ended]
  steps ??= discover<LeaverStep>('leaver.ts', 'onLeave').then((found) => found.map(({ value }) => value))
  for (const step of await steps) binds.push(...(await step(tx, person.id, at)))
  await recordFor(app, tx, person.id, { action: 'person.disabled', subject: person.id, binds })
  return (await findPerson(tx, person.id))!
}
