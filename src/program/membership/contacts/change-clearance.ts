import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import { ceilingsOf } from '#program/membership/contacts/ceilings.ts'
import { isSameClearance, widens, type Clearance } from '#program/membership/contacts/clearance.ts'
import {
  clearanceChangeRow,
  closeClearanceChangesOf,
  findClearanceChange,
  insertClearanceChange,
  isClearanceChangeWaiting,
  lockClearance,
  writeClearance,
  type ClearanceChange,
  type ClearanceChangeId,
} from '#program/membership/contacts/clearance-store.ts'
import type { ChangeClearance } from '#program/membership/contacts/contract.ts'
import { lockContact, type ContactPerson } from '#program/membership/contacts/managed-contact.ts'
import { clearanceRow } from '#program/membership/entitlement-store.ts'

/** How long a proposed clearance waits for the second officer. */
const LIFE_MS = 7 * 86_400_000

export type ClearanceResult = { readonly state: 'done' } | { readonly state: 'waits'; readonly change: ClearanceChange }

/**
 * Sets what a contact may know. What narrows acts at once, and ends what waits for that contact; an officer or the own admin may do
 * it. What widens waits until a second officer approves, and takes an officer to propose: an admin asks the operator. Throws as
 * `lockContact`; SECOND_PERSON_NEEDED for an admin who would widen; VALIDATION_FAILED for a policy that is not known or a missing
 * operator; CONFLICT when it is so already, or another proposal waits.
 */
export async function changeClearance(app: App, actor: PersonActor, id: string, input: z.output<typeof ChangeClearance>): Promise<ClearanceResult> {
  return app.db.transaction(actor, async (tx) => {
    const person = await lockContact(tx, actor, id)
    const operator = operatorOf(actor, person, input.operator)
    const { products, proofOfConcept, jurisdiction } = input
    const wanted: Clearance = { products, proofOfConcept, jurisdiction }
    const present = await lockClearance(tx, person.id, operator)
    if (isSameClearance(present, wanted)) throw new Problem('CONFLICT', 'This contact has exactly this clearance already.')
    const ceilings = await ceilingsOf(tx, operator, app.clock.now())
    if (jurisdiction !== null && !ceilings(jurisdiction)) throw field('/jurisdiction', 'no policy of this name and version is in force')
    if (!widens(present, wanted, ceilings)) return narrow(app, tx, { person, operator, wanted })
    if (actor.kind !== 'operator') throw new Problem('SECOND_PERSON_NEEDED', 'You may narrow a clearance; ask the operator to widen one.')
    return propose(app, tx, { person, operator, wanted, actor })
  })
}

function operatorOf(actor: PersonActor, person: ContactPerson, named: OperatorId | undefined): OperatorId {
  const { operators } = person.side
  if (actor.kind === 'operator') {
    if (named !== undefined && named !== actor.operator) throw new Problem('NOT_FOUND')
    return actor.operator
  }
  const operator = named ?? (operators.length === 1 ? operators[0] : undefined)
  if (operator === undefined) throw field('/operator', 'say with which operator')
  if (!operators.includes(operator)) throw new Problem('NOT_FOUND')
  return operator
}

interface Decision {
  readonly person: ContactPerson
  readonly operator: OperatorId
  readonly wanted: Clearance
}

async function narrow(app: App, tx: Tx, { person, operator, wanted }: Decision): Promise<ClearanceResult> {
  const at = app.clock.now()
  const closed = await closeClearanceChangesOf(tx, person.id, at, { operator })
  await writeClearance(tx, person.id, operator, wanted, at)
  const binds = [clearanceRow({ person_id: person.id, operator_id: operator }), ...closed.map((change) => clearanceChangeRow({ id: change }))]
  app.audit.record(tx, { action: 'clearance.narrowed', subject: person.id, operator, binds })
  await notify(app, tx, person.id, 'clearance.narrowed')
  return { state: 'done' }
}

async function propose(app: App, tx: Tx, { person, operator, wanted, actor }: Decision & { readonly actor: PersonActor }): Promise<ClearanceResult> {
  const at = app.clock.now()
  const expired = await closeClearanceChangesOf(tx, person.id, at, { operator, expired: true })
  if (await isClearanceChangeWaiting(tx, person.id, operator))
    throw new Problem('CONFLICT', 'A clearance of this contact waits already; approve or close it first.')
  const id = app.ids.next<'clearance-change'>() as ClearanceChangeId
  await insertClearanceChange(tx, { id, person: person.id, operator, ...wanted, by: actor.person, at, expiresAt: new Date(at.getTime() + LIFE_MS) })
  const binds = [id, ...expired].map((change) => clearanceChangeRow({ id: change }))
  app.audit.record(tx, { action: 'clearance.proposed', subject: person.id, operator, binds })
  const others = (await membershipOfficers(tx, operator)).filter((officer) => officer !== actor.person)
  await notify(app, tx, others, 'clearance.proposed', { change: id, person: person.id, name: person.name })
  return { state: 'waits', change: (await findClearanceChange(tx, id))! }
}

function field(pointer: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: pointer, message }] })
}
