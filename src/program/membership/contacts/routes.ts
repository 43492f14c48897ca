import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { idSchema } from '#platform/ids.ts'
import { approveClearance, closeClearance } from '#program/membership/contacts/approve-clearance.ts'
import { changeClearance } from '#program/membership/contacts/change-clearance.ts'
import { listClearanceChanges } from '#program/membership/contacts/clearance-store.ts'
import { ChangeClearance, ClearanceChange, ClearanceSet, Contacts, SetAddress, SetFunctions } from '#program/membership/contacts/contract.ts'
import { healthRoutes } from '#program/membership/contacts/health-routes.ts'
import { keyRoutes } from '#program/membership/contacts/key-routes.ts'
import { setContactFunctions, setOrganisationAddress } from '#program/membership/contacts/set-contact.ts'
import { showChange, showContacts } from '#program/membership/contacts/show-contacts.ts'
import { may } from '#program/policy.ts'
import { contact, staff } from '#platform/auth/staff.ts'

const tag = 'contacts'
const organisationParams = z.object({ id: idSchema<'organisation'>() })
const personParams = z.object({ id: idSchema<'person'>() })
const changeParams = z.object({ id: idSchema<'clearance-change'>() })

/** Contacts of members: what each may know, what each stands for, and their keys. */
export function routes(app: App): Route[] {
  return [...contacts(app), ...clearances(app), ...keyRoutes(app), ...healthRoutes(app)]
}

function contacts(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/organisations/:id/contacts',
      summary: 'Lists the contacts of one of your members, with clearances and keys in force.',
      tag,
      access: may.listContacts,
      params: organisationParams,
      response: Contacts,
      handle: ({ actor, params: { id } }) => showContacts(app, actor, id),
    }),
    route({
      method: 'GET',
      url: '/api/contacts',
      summary: 'Lists the contacts of your own organisation, with clearances and keys in force.',
      tag,
      access: may.listOwnContacts,
      response: Contacts,
      handle: ({ actor }) => showContacts(app, actor, contact(actor).organisation),
    }),
    route({
      method: 'PUT',
      url: '/api/contacts/:id/functions',
      summary: 'Says what a contact stands for; one of an organisation is accountable.',
      tag,
      access: may.setContactFunctions,
      params: personParams,
      body: SetFunctions,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id }, body }) => {
        await setContactFunctions(app, actor, id, body.functions)
        return undefined
      },
    }),
    route({
      method: 'PUT',
      url: '/api/contacts/address',
      summary: 'Sets the address that reaches your organisation whoever is on duty.',
      tag,
      access: may.setAddress,
      body: SetAddress,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, body }) => {
        await setOrganisationAddress(app, contact(actor), body.address)
        return undefined
      },
    }),
  ]
}

function clearances(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/contacts/:id/clearance-changes',
      summary: 'Sets what a contact may know: what narrows acts at once, what widens waits for a second membership officer.',
      tag,
      access: may.changeClearance,
      creates: true,
      params: personParams,
      body: ChangeClearance,
      response: ClearanceSet,
      handle: async ({ actor, params: { id }, body }) => {
        const result = await changeClearance(app, actor, id, body)
        return result.state === 'done' ? result : { state: result.state, change: showChange(result.change, app.clock.now()) }
      },
    }),
    route({
      method: 'GET',
      url: '/api/clearance-changes',
      summary: 'Lists wider clearances that were proposed, the newest first.',
      tag,
      access: may.listClearanceChanges,
      query: PageQuery,
      response: pageOf(ClearanceChange),
      handle: ({ actor, query }) => {
        const now = app.clock.now()
        const read = (limit: number, before: string | undefined) => app.db.read(actor, (tx) => listClearanceChanges(tx, limit, before))
        return pageById(app, 'clearance-changes', query, read, (row) => showChange(row, now))
      },
    }),
    route({
      method: 'POST',
      url: '/api/clearance-changes/:id/approval',
      summary: 'Approves a wider clearance that somebody else proposed.',
      tag,
      access: may.approveClearance,
      params: changeParams,
      response: ClearanceChange,
      handle: async ({ actor, params: { id } }) => showChange(await approveClearance(app, staff(actor), id), app.clock.now()),
    }),
    route({
      method: 'DELETE',
      url: '/api/clearance-changes/:id',
      summary: 'Closes a proposed clearance that should not go on.',
      tag,
      access: may.closeClearance,
      params: changeParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await closeClearance(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}
