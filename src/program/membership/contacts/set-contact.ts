import type { App } from '#platform/app.ts'
import type { ContactActor, PersonActor } from '#platform/auth/actor.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { addressRow, functionRow, setAddress, setFunctions, type ContactFunction } from '#program/membership/contacts/store.ts'
import { lockContact } from '#program/membership/contacts/managed-contact.ts'

/** Says what a contact stands for. One is accountable: whoever was before no longer is. Throws as `lockContact`. */
export async function setContactFunctions(app: App, actor: PersonActor, id: string, functions: readonly ContactFunction[]): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const person = await lockContact(tx, actor, id)
    const written = await setFunctions(tx, {
      person: person.id,
      organisation: person.side.organisation,
      functions: [...new Set(functions)],
      at: app.clock.now(),
    })
    const binds = written.map((one) => functionRow({ person_id: one }))
    await recordFor(app, tx, person.id, { action: 'contact.functions-set', subject: person.id, binds, details: { functions } })
  })
}

/** The address that reaches the admin's own organisation whoever is on duty. It is written to and never signs anybody in. */
export async function setOrganisationAddress(app: App, actor: ContactActor, address: string): Promise<void> {
  const { organisation, person } = actor
  await app.db.transaction(actor, async (tx) => {
    await setAddress(tx, { organisation, address, by: person, at: app.clock.now() })
    await recordFor(app, tx, person, { action: 'organisation.address-set', subject: organisation, binds: [addressRow({ organisation_id: organisation })] })
  })
}
