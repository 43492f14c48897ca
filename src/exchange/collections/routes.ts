import type { App } from '#platform/app.ts'
import { staff } from '#platform/auth/staff.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import { CollectionIdParams, CollectionList, CollectionRights, CollectionText, CollectionView, CreateCollection } from '#exchange/collections/contract.ts'
import { createCollection, describeCollection, showCollections } from '#exchange/collections/keep-collection.ts'
import { findCollectionOf, listRights } from '#exchange/collections/store.ts'
import { may } from '#exchange/policy.ts'

const tag = 'collections'

/** Collections as people keep them; clients read and write them over TAXII. */
export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/collections',
      summary: 'Lists the collections that you may read or write, with their TAXII addresses.',
      tag,
      access: may.readCollections,
      response: CollectionList,
      handle: ({ actor }) => app.db.read(actor, async (tx) => ({ items: await showCollections(tx, actor) })),
    }),
    route({
      method: 'POST',
      url: '/api/collections',
      summary: 'Makes a collection, or an aggregate of several; nobody holds a right in it yet.',
      tag,
      access: may.keepCollections,
      creates: true,
      body: CreateCollection,
      status: 201,
      response: CollectionView,
      handle: ({ actor, body }) => createCollection(app, staff(actor), body),
    }),
    route({
      method: 'PUT',
      url: '/api/collections/:id',
      summary: 'Changes what a collection is called and said to hold.',
      tag,
      access: may.keepCollections,
      params: CollectionIdParams,
      body: CollectionText,
      response: CollectionView,
      handle: ({ actor, params: { id }, body }) => describeCollection(app, staff(actor), id, body),
    }),
    route({
      method: 'GET',
      url: '/api/collections/:id/rights',
      summary: 'Lists what each member may do in a collection of yours.',
      tag,
      access: may.listAccess,
      params: CollectionIdParams,
      response: CollectionRights,
      handle: ({ actor, params: { id } }) =>
        app.db.read(actor, async (tx) => {
          if (!(await findCollectionOf(tx, staff(actor).operator, id))) throw new Problem('NOT_FOUND')
          return { items: await listRights(tx, id) }
        }),
    }),
  ]
}
