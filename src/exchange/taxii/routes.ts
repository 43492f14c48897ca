import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import type { OperatorId } from '#platform/ids.ts'
import {
  ApiRoot,
  Collection,
  CollectionParams,
  Collections,
  Discovery,
  Markings,
  MAX_CONTENT_LENGTH,
  RootParams,
  STIX_MEDIA_TYPE,
  TAXII_MEDIA_TYPE,
} from '#exchange/taxii/contract.ts'
import { objectRoutes } from '#exchange/taxii/object-routes.ts'
import { readRoot } from '#exchange/taxii/place.ts'
import { listMarkings } from '#exchange/taxii/markings.ts'
import { taxiiRefusal } from '#exchange/taxii/refusal.ts'
import { findCollection, listOwn } from '#exchange/collections/find-collection.ts'
import { listRoots } from '#exchange/collections/store.ts'
import { may } from '#exchange/policy.ts'

/** Discovery, API roots, collections and their objects (TAXII 2.1, sections 4 and 5). */
export function routes(app: App): Route[] {
  const form = { tag: 'taxii', produces: TAXII_MEDIA_TYPE, refusal: taxiiRefusal(app) } as const
  const common = { ...form, method: 'GET', access: may.readCollections } as const
  return [
    route({
      ...common,
      url: '/taxii2/',
      summary: 'Discovery: the API roots that you can reach, one per operator.',
      response: Discovery,
      handle: async ({ actor }) => {
        const roots = (await app.db.read(actor, listRoots)).map(({ id }) => rootPath(id))
        const { contact } = app.config
        const known = { title: 'Vedette', description: 'Threat information of the exchange', ...(contact !== undefined && { contact }) }
        return { ...known, ...(roots[0] !== undefined && { default: roots[0], api_roots: roots }) }
      },
    }),
    route({
      ...common,
      url: '/taxii2/:root/',
      summary: 'API root: the exchange of one operator.',
      params: RootParams,
      response: ApiRoot,
      handle: async ({ actor, params }) => ({
        title: (await findRoot(app, actor, readRoot(params))).name,
        versions: [TAXII_MEDIA_TYPE],
        max_content_length: MAX_CONTENT_LENGTH,
      }),
    }),
    route({
      ...common,
      url: '/taxii2/:root/collections/',
      summary: 'Collections of an API root with your rights in them.',
      params: RootParams,
      response: Collections,
      handle: async ({ actor, params }) => {
        const collections = await readCollections(app, actor, readRoot(params))
        return collections.length > 0 ? { collections } : {}
      },
    }),
    route({
      ...common,
      url: '/taxii2/:root/collections/:collection/',
      summary: 'One collection.',
      params: CollectionParams,
      response: Collection,
      handle: async ({ actor, params }) => showCollection(await app.db.read(actor, (tx) => findCollection(tx, actor, readRoot(params), params.collection))),
    }),
    route({
      ...common,
      url: '/taxii2/:root/collections/:collection/markings/',
      summary: 'Markings under which you are shown objects of a collection: those of anybody, or of your own organisation alone.',
      params: CollectionParams,
      response: Markings,
      handle: ({ actor, params }) => app.db.read(actor, (tx) => listMarkings(tx, actor, readRoot(params), params.collection)),
    }),
    ...objectRoutes(app, form),
  ]
}

export function rootPath(operator: string): string {
  return `/taxii2/${operator}/`
}

async function findRoot(app: App, actor: PersonActor, operator: OperatorId) {
  const root = (await app.db.read(actor, listRoots)).find(({ id }) => id === operator)
  if (!root) throw new Problem('NOT_FOUND')
  return root
}

async function readCollections(app: App, actor: PersonActor, operator: OperatorId) {
  await findRoot(app, actor, operator)
  return (await app.db.read(actor, (tx) => listOwn(tx, actor, operator))).map(showCollection)
}

function showCollection({ id, title, description, alias, can_read, can_write, aggregates }: Awaited<ReturnType<typeof listOwn>>[number]) {
  const known = { id, title, description, ...(alias !== null && { alias }), can_read, can_write, media_types: [STIX_MEDIA_TYPE] }
  return aggregates?.length ? { ...known, aggregates } : known
}
