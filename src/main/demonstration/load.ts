import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import { loadExchange } from '#main/demonstration/load-exchange.ts'
import { loadFindings } from '#main/demonstration/load-findings.ts'
import { loadMembers } from '#main/demonstration/load-members.ts'
import { loadPackages } from '#main/demonstration/load-packages.ts'
import { OPERATOR, PEOPLE } from '#main/demonstration/members.ts'

/** What scripts and the printed links need of the demonstration. */
export interface Demonstration {
  readonly operator: OperatorId
  readonly people: readonly { readonly role: string; readonly id: PersonId }[]
  /** With the rights of the vendor's analyst. */
  readonly collections: readonly { readonly id: string; readonly canRead: boolean; readonly canWrite: boolean }[]
}

/**
 * Loads what is not there yet, in four parts, each after the one before: whoever starts again after a start that was cut short
 * gets the rest. A worker has to run beside it.
 */
export async function loadDemonstration(app: App): Promise<Demonstration> {
  const demonstration = await loadPeople(app)
  const idOf = (role: string) => demonstration.people.find((person) => person.role === role)!.id
  const { packages, sightings } = await app.db.read(system('demonstration'), countParts)
  await loadPackages(app, packages, { author: idOf('operator author'), approver: idOf('operator approver') })
  const [author, approver, vendor, responder] = ['operator author', 'operator approver', 'vendor analyst', 'responder 2'].map(idOf) as [PersonId, PersonId, PersonId, PersonId] // prettier-ignore
  await loadExchange(app, { author, approver, vendor, responder })
  const responders = ['responder 2', 'responder 3', 'responder 4', 'responder 5'].map(idOf)
  if (sightings < responders.length) await loadFindings(app, { submitter: idOf('responder 2'), responders })
  return demonstration
}

/** The first part alone: operator, members, people and collections, in one transaction. */
export async function loadPeople(app: App): Promise<Demonstration> {
  const start = system('demonstration')
  return app.db.transaction(start, async (tx) => {
    const known = await readDemonstration(tx)
    if (known) return known
    await loadMembers(app, tx)
    return (await readDemonstration(tx))!
  })
}

/** Undefined when it is not there yet. */
async function readDemonstration(tx: Tx): Promise<Demonstration | undefined> {
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

/** How much of each later part is there. */
async function countParts(tx: Tx): Promise<{ packages: number; sightings: number }> {
  const { packages } = await tx.db
    .selectFrom('package_version')
    .select((is) => is.fn.countAll<number>().as('packages'))
    .where('state', '=', 'scheduled')
    .executeTakeFirstOrThrow()
  const { sightings } = await tx.db
    .selectFrom('sighting')
    .select((is) => is.fn.countAll<number>().as('sightings'))
    .executeTakeFirstOrThrow()
  return { packages, sightings }
}
