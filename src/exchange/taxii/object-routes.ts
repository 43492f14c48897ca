import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Rule } from '#platform/auth/rule.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import { addObjects } from '#exchange/taxii/add-objects.ts'
import {
  CollectionParams,
  DeleteQuery,
  Envelope,
  Manifest,
  MAX_CONTENT_LENGTH,
  ObjectParams,
  ObjectQuery,
  ObjectsQuery,
  Status,
  STIX_MEDIA_TYPE,
  StatusParams,
  TAXII_MEDIA_TYPE,
  Versions,
  VersionsQuery,
} from '#exchange/taxii/contract.ts'
import { readDeleted, readQuery } from '#exchange/taxii/object-query.ts'
import { findPlace, readRoot, readStatusId } from '#exchange/taxii/place.ts'
import { removeObject } from '#exchange/taxii/remove-object.ts'
import { openReader } from '#exchange/objects/open-reader.ts'
import { readEnvelope, readPage, type Envelope as EnvelopeRead, type Page } from '#exchange/objects/read-objects.ts'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import { findStatus, listResults } from '#exchange/taxii/status-store.ts'
import { statusOf } from '#exchange/taxii/status.ts'
import { may } from '#exchange/policy.ts'

const COLLECTION = '/taxii2/:root/collections/:collection'

/** What every TAXII route has in common. */
export type TaxiiForm = Required<Pick<Route, 'tag' | 'produces' | 'refusal'>>

/** Objects of a collection and what became of posted ones (TAXII 2.1, sections 4.3 and 5.3 to 5.8). */
export function objectRoutes(app: App, form: TaxiiForm): Route[] {
  const reading = { ...form, method: 'GET', access: may.readObjects } as const
  return [...objects(app, reading), ...records(app, reading), ...posting(app, form), deleting(app, form)]
}

type Reading = TaxiiForm & { readonly method: 'GET'; readonly access: Rule }

function objects(app: App, reading: Reading): Route[] {
  return [
    route({
      ...reading,
      url: `${COLLECTION}/objects/`,
      summary: 'Objects of a collection that you can see, by the instant at which they were added.',
      params: CollectionParams,
      query: ObjectsQuery,
      response: Envelope,
      handle: async ({ actor, params, query, reply }) => {
        const reader = await openReader(app, actor, { ...params, root: readRoot(params) })
        const asked = readQuery(app, actor, { collection: reader.collection, resource: 'objects' }, query)
        return tell(reply, await readEnvelope(app, reader, asked))
      },
    }),
    route({
      ...reading,
      url: `${COLLECTION}/objects/:object/`,
      summary: 'One object of a collection, in the versions that you ask for.',
      params: ObjectParams,
      query: ObjectQuery,
      response: Envelope,
      handle: async ({ actor, params, query, reply }) => {
        const reader = await openReader(app, actor, { ...params, root: readRoot(params) })
        const asked = readQuery(app, actor, { ...params, collection: reader.collection, resource: 'objects' }, query)
        return tell(reply, await readEnvelope(app, reader, asked, params.object))
      },
    }),
  ]
}

function records(app: App, reading: Reading): Route[] {
  return [
    route({
      ...reading,
      url: `${COLLECTION}/manifest/`,
      summary: 'What a collection holds that you can see, without the objects themselves.',
      params: CollectionParams,
      query: ObjectsQuery,
      response: Manifest,
      handle: async ({ actor, params, query, reply }) => {
        const reader = await openReader(app, actor, { ...params, root: readRoot(params) })
        const asked = readQuery(app, actor, { collection: reader.collection, resource: 'manifest' }, query)
        const page = describe(reply, await readPage(app, reader, asked))
        const entries = page.rows.map((row) => ({
          id: row.object_id,
          date_added: fromEpochMicroseconds(row.position),
          version: row.version,
          media_type: STIX_MEDIA_TYPE,
        }))
        return { ...paging(page), ...(entries.length > 0 && { objects: entries }) }
      },
    }),
    route({
      ...reading,
      url: `${COLLECTION}/objects/:object/versions/`,
      summary: 'Versions of one object of a collection that you can see.',
      params: ObjectParams,
      query: VersionsQuery,
      response: Versions,
      handle: async ({ actor, params, query, reply }) => {
        const all = { ...query, 'match[version]': ['all'] }
        const reader = await openReader(app, actor, { ...params, root: readRoot(params) })
        const asked = readQuery(app, actor, { ...params, collection: reader.collection, resource: 'versions' }, all)
        const page = describe(reply, await readPage(app, reader, asked, params.object))
        return { ...paging(page), ...(page.rows.length > 0 && { versions: page.rows.map(({ version }) => version) }) }
      },
    }),
  ]
}

function posting(app: App, form: TaxiiForm): Route[] {
  return [
    route({
      ...form,
      method: 'POST',
      url: `${COLLECTION}/objects/`,
      summary: 'Adds the objects of an envelope: good ones are stored as they came, each bad one is named in the status.',
      access: may.addObjects,
      params: CollectionParams,
      consumes: [TAXII_MEDIA_TYPE],
      bodyLimit: MAX_CONTENT_LENGTH,
      status: 202,
      response: Status,
      handle: async ({ actor, params, body }) => addObjects(app, actor, await findPlace(app, actor, params), body.bytes),
    }),
    route({
      ...form,
      method: 'GET',
      url: '/taxii2/:root/status/:status/',
      summary: 'What became of each object of an envelope that your organisation, or your operator, posted.',
      access: may.readStatus,
      params: StatusParams,
      response: Status,
      handle: async ({ actor, params }) => {
        const [root, status] = [readRoot(params), readStatusId(params.status)]
        return app.db.snapshot(actor, async (tx) => {
          const found = await findStatus(tx, actor, root, status)
          if (!found) throw new Problem('NOT_FOUND')
          return statusOf(found, await listResults(tx, found.id))
        })
      },
    }),
  ]
}

/** Section 5.7 gives a success no resource: an empty object is JSON to clients that read one. */
function deleting(app: App, form: TaxiiForm): Route {
  return route({
    ...form,
    method: 'DELETE',
    url: `${COLLECTION}/objects/:object/`,
    summary: 'Deletes what your organisation, or your operator, contributed of an object: all of it, or the versions that you name.',
    access: may.deleteObjects,
    params: ObjectParams,
    query: DeleteQuery,
    response: z.object({}),
    handle: async ({ actor, params, query }) => {
      await removeObject(app, actor, await findPlace(app, actor, params), readDeleted(query))
      return {}
    },
  })
}

/** Says between which instants the page was added (section 3.2); an empty one was added at none (C1). */
function describe(reply: FastifyReply, page: Page): Page {
  const [first, last] = [page.rows[0], page.rows.at(-1)]
  if (first && last) sayDates(reply, fromEpochMicroseconds(first.position), fromEpochMicroseconds(last.position))
  return page
}

/** Says it of a page of objects, and tags it by where it comes from: to hash its bytes would cost more than to find them. */
function tell(reply: FastifyReply, { bytes, first, last, tag }: EnvelopeRead): Buffer {
  if (first !== undefined && last !== undefined) sayDates(reply, first, last)
  reply.header('etag', `W/"${tag}"`)
  return bytes
}

function sayDates(reply: FastifyReply, first: string, last: string): void {
  reply.headers({ 'x-taxii-date-added-first': first, 'x-taxii-date-added-last': last })
}

function paging({ next }: Page): { more?: true; next?: string } {
  return next === undefined ? {} : { more: true, next }
}
