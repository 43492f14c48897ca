import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { UseLink } from '#platform/auth/contract.ts'
import type { Role } from '#platform/auth/person.ts'
import { insertOperator, insertPerson, isFirstOperator, operatorRow, personRow, replaceRoles, roleRows } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'

/** Enough to bring in everybody else and to begin writing, but not to review or to publish what one wrote: that takes a second person. */
const FIRST_ROLES: readonly Role[] = ['membership-officer', 'auditor', 'author']

/** Creates the operator of an empty instance and its first person. Throws VALIDATION_FAILED when they are not named, SIGN_IN_FAILED when there is an operator. */
export async function createFirstOperator(app: App, tx: Tx, named: z.output<typeof UseLink>['firstOperator']): Promise<PersonId> {
  if (!named) {
    throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/firstOperator', message: 'name the operator and its first person' }] })
  }
  if (!(await isFirstOperator(tx))) throw new Problem('SIGN_IN_FAILED')
  const at = app.clock.now()
  const operator = app.ids.next<'operator'>() as OperatorId
  const person = app.ids.next<'person'>() as PersonId
  await insertOperator(tx, operator, named.operatorName, at)
  await insertPerson(tx, { id: person, side: { kind: 'operator', operator }, name: named.personName, email: named.email ?? null, at })
  await replaceRoles(tx, person, 'operator', FIRST_ROLES, at)
  app.audit.record(tx, {
    action: 'operator.created',
    subject: operator,
    operator,
    binds: [operatorRow({ id: operator }), personRow({ id: person }), ...roleRows(person, 'operator')],
  })
  return person
}
