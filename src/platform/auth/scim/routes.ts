import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { may } from '#platform/auth/policy.ts'
import { asContact, changeUser, createUser, removeUser } from '#platform/auth/scim/change-user.ts'
import {
  LIST_SCHEMA,
  SCIM_LIMITS,
  SCIM_MEDIA_TYPE,
  SCIM_ROOT,
  ScimDescription,
  ScimList,
  ScimParams,
  ScimQuery,
  ScimUser,
  USER_SCHEMA,
  type ScimUserView,
} from '#platform/auth/scim/contract.ts'
import { serviceProviderConfig, userResourceType, userSchema } from '#platform/auth/scim/description.ts'
import { findUser, listUsers } from '#platform/auth/scim/read-users.ts'
import { scimRefusal } from '#platform/auth/scim/refusal.ts'
import type { DirectoryUser } from '#platform/auth/scim/store.ts'
import { preparePatch, readUser, showUser } from '#platform/auth/scim/user.ts'
import { Problem } from '#platform/errors.ts'
import { gather } from '#platform/gathered.ts'
import { route, type Route } from '#platform/http/route.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import type { Upload } from '#platform/http/upload.ts'

const common = { tag: 'scim', produces: SCIM_MEDIA_TYPE, alsoAs: ['application/json'], refusal: scimRefusal } as const
const reading = { ...common, method: 'GET', access: may.readDirectory } as const
const writing = { ...common, access: may.writeDirectory, consumes: [SCIM_MEDIA_TYPE, 'application/json'], bodyLimit: SCIM_LIMITS.body } as const

/** Provisioning of a member's contacts by its own directory (SCIM 2: RFC 7643, RFC 7644). */
export function routes(app: App): Route[] {
  return [...descriptions(app), ...users(app), ...changes(app)]
}

function descriptions(app: App): Route[] {
  const { origin } = app.config.url
  const all = (resources: { id: string }[]) => ({
    schemas: [LIST_SCHEMA],
    totalResults: resources.length,
    startIndex: 1,
    itemsPerPage: resources.length,
    Resources: resources,
  })
  return [
    route({
      ...reading,
      url: `${SCIM_ROOT}/ServiceProviderConfig`,
      summary: 'What this SCIM service offers.',
      response: ScimDescription,
      handle: async () => serviceProviderConfig(origin),
    }),
    route({
      ...reading,
      url: `${SCIM_ROOT}/ResourceTypes`,
      summary: 'Types of resources: contacts, as users.',
      response: ScimList,
      handle: async () => all([userResourceType(origin)]),
    }),
    route({
      ...reading,
      url: `${SCIM_ROOT}/ResourceTypes/:name`,
      summary: 'One type of resource.',
      params: z.object({ name: z.string() }),
      response: ScimDescription,
      handle: async ({ params: { name } }) => only(name === 'User', userResourceType(origin)),
    }),
    route({
      ...reading,
      url: `${SCIM_ROOT}/Schemas`,
      summary: 'Schemas of resources.',
      response: ScimList,
      handle: async () => all([userSchema(origin)]),
    }),
    route({
      ...reading,
      url: `${SCIM_ROOT}/Schemas/:name`,
      summary: 'One schema.',
      params: z.object({ name: z.string() }),
      response: ScimDescription,
      handle: async ({ params: { name } }) => only(name === USER_SCHEMA, userSchema(origin)),
    }),
  ]
}

function only<T>(there: boolean, what: T): T {
  if (!there) throw new Problem('NOT_FOUND')
  return what
}

function users(app: App): Route[] {
  return [
    route({
      ...reading,
      url: `${SCIM_ROOT}/Users`,
      summary: 'Contacts of your organisation, by filter.',
      query: ScimQuery,
      response: ScimList,
      handle: ({ actor, query }) => listUsers(app, asContact(actor), query),
    }),
    route({
      ...reading,
      url: `${SCIM_ROOT}/Users/:id`,
      summary: 'One contact of your organisation.',
      params: ScimParams,
      query: ScimQuery,
      response: ScimUser,
      handle: ({ actor, params: { id }, query }) => findUser(app, asContact(actor), id, query),
    }),
  ]
}

function changes(app: App): Route[] {
  const shown = (user: DirectoryUser): ScimUserView => showUser(user, app.config.url.origin)
  return [
    route({
      ...writing,
      method: 'POST',
      url: `${SCIM_ROOT}/Users`,
      summary: 'Creates a contact of your organisation, who is a reader unless analyst is stated.',
      status: 201,
      response: ScimUser,
      handle: async ({ actor, body, reply }) => {
        const user = shown(await createUser(app, asContact(actor), readUser(await bodyOf(body))))
        reply.header('location', user.meta!.location)
        return user
      },
    }),
    route({
      ...writing,
      method: 'PUT',
      url: `${SCIM_ROOT}/Users/:id`,
      summary: 'Makes a contact what the body says; roles that it does not name stay. Not active ends the account.',
      params: ScimParams,
      response: ScimUser,
      handle: async ({ actor, params: { id }, body }) => {
        const wanted = readUser(await bodyOf(body))
        return shown(await changeUser(app, asContact(actor), id, async () => wanted))
      },
    }),
    route({
      ...writing,
      method: 'PATCH',
      url: `${SCIM_ROOT}/Users/:id`,
      summary: 'Changes a contact by operations, all of them or none.',
      params: ScimParams,
      response: ScimUser,
      handle: async ({ actor, params: { id }, body }) => shown(await changeUser(app, asContact(actor), id, preparePatch(await bodyOf(body)))),
    }),
    route({
      ...common,
      method: 'DELETE',
      access: may.writeDirectory,
      url: `${SCIM_ROOT}/Users/:id`,
      summary: 'Ends the account of a contact, and removes it from the directory.',
      params: ScimParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await removeUser(app, asContact(actor), id)
        return undefined
      },
    }),
  ]
}

async function bodyOf({ bytes }: Upload): Promise<unknown> {
  return parseStrictJson(await gather(bytes))
}
