import { randomUUID } from 'node:crypto'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type pg from 'pg'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { createFindingsCollection } from '#exchange/findings/create-findings-collection.ts'
import type { ReaderClass } from '#exchange/embargoes/contract.ts'
import { embargoRows, insertEmbargo, keepReleases, type EmbargoId } from '#exchange/embargoes/store.ts'
import { storeObjects } from '#exchange/objects/store-objects.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { collectionRightRow, collectionRow, insertCollection, insertRight, type CollectionId } from '#exchange/collections/store.ts'

interface Right {
  readonly organisation: OrganisationId
  readonly canRead?: boolean
  readonly canWrite?: boolean
}

/** A collection in which the organisations may read and write unless said. */
export async function seedCollection(
  app: App,
  operator: OperatorId,
  rights: readonly Right[],
  options: { findings?: true; alias?: string; aggregates?: readonly CollectionId[] } = {},
): Promise<CollectionId> {
  const id = randomUUID() as string as CollectionId
  await app.db.transaction(system('seed'), async (tx) => {
    const collection = {
      id,
      operator,
      title: 'Shared',
      description: 'For tests',
      at: app.clock.now(),
      ...(options.alias !== undefined && { alias: options.alias }),
      ...(options.aggregates && { aggregates: options.aggregates }),
    }
    await (options.findings ? createFindingsCollection(app, tx, collection) : insertCollection(tx, collection))
    for (const { organisation, canRead = true, canWrite = true } of rights) await insertRight(tx, { collection: id, operator, organisation, canRead, canWrite })
    const binds = [collectionRow({ id }), ...rights.map(({ organisation }) => collectionRightRow({ collection_id: id, organisation_id: organisation }))]
    app.audit.record(tx, { action: 'collection.created', subject: id, operator, binds })
  })
  return id
}

/** Stores objects in the operator's own name with an embargo that shows each class of readers them at its instant; gives the embargo. */
export async function embargoed(
  app: App,
  { collection, operator, embargo = app.ids.next<'object-embargo'>() }: { collection: CollectionId; operator: OperatorId; embargo?: EmbargoId },
  objects: readonly object[],
  instants: Readonly<Partial<Record<ReaderClass, Date>>>,
  of: string | null = null,
): Promise<EmbargoId> {
  const incoming = objects.map((object) => ({ object: object as StixObject, bytes: Buffer.from(JSON.stringify(object)) }))
  const releases = (Object.entries(instants) as [ReaderClass, Date][]).map(([readers, at]) => ({ class: readers, opensAt: at, ownAt: at }))
  await app.db.transaction(system('seed'), async (tx) => {
    const row = {
      id: embargo,
      operator_id: operator,
      collection_id: collection,
      title: 'Held',
      package_id: of,
      zone: 'UTC',
      set_by: null,
      set_at: app.clock.now(),
    }
    await insertEmbargo(tx, row)
    await keepReleases(tx, row, releases)
    app.audit.record(tx, { action: 'embargo.set', subject: collection, operator, binds: embargoRows(embargo, releases), details: { embargo } })
    const stored = await storeObjects(app, tx, { collection, operator, contributor: null, by: undefined, embargo }, incoming)
    if (stored.some(({ outcome }) => outcome !== 'added')) throw new Error(JSON.stringify(stored))
  })
  return embargo
}

type Properties = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string }

/** An indicator for a hash of its own. */
export function indicator(properties: Readonly<Record<string, unknown>> = {}): Properties {
  const sha256 = randomUUID().replaceAll('-', '').repeat(2)
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--${randomUUID()}`,
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
    pattern: `[file:hashes.'SHA-256' = '${sha256}']`,
    pattern_type: 'stix',
    valid_from: '2026-01-01T00:00:00Z',
    object_marking_refs: [TLP_MARKINGS.GREEN],
    ...properties,
  }
}

/** The hash that the pattern of `indicator` names. */
export function hashOf({ pattern }: Properties): string {
  return /'([0-9a-f]{64})'/.exec(pattern as string)![1]!
}

export function relationship(from: string, to: string, properties: Readonly<Record<string, unknown>> = {}): Properties {
  const at = '2026-01-01T00:00:00.000Z'
  const id = `relationship--${randomUUID()}`
  const ends = { relationship_type: 'related-to', source_ref: from, target_ref: to }
  return { type: 'relationship', spec_version: '2.1', id, created: at, modified: at, ...ends, object_marking_refs: [TLP_MARKINGS.GREEN], ...properties }
}

export function grouping(refs: readonly string[], properties: Readonly<Record<string, unknown>> = {}): Properties {
  const at = '2026-01-01T00:00:00.000Z'
  const said = { context: 'suspicious-activity', object_refs: refs, object_marking_refs: [TLP_MARKINGS.GREEN] }
  return { type: 'grouping', spec_version: '2.1', id: `grouping--${randomUUID()}`, created: at, modified: at, ...said, ...properties }
}

const TAXII = 'application/taxii+json;version=2.1'

interface Credentials {
  readonly token: { readonly authorization: string }
}

/** A TAXII 2.1 client with one person's token, at one collection. */
export class TaxiiClient {
  readonly #server: FastifyInstance
  readonly #headers: Readonly<Record<string, string>>
  readonly #base: string

  constructor(server: FastifyInstance, { token }: Credentials, root: OperatorId, collection: CollectionId) {
    this.#server = server
    this.#headers = { ...token, accept: TAXII }
    this.#base = `/taxii2/${root}/collections/${collection}/`
  }

  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<LightMyRequestResponse> {
    const text = new URLSearchParams(query).toString()
    return this.#server.inject({ method: 'GET', url: `${this.#base}${path}${text === '' ? '' : `?${text}`}`, headers: this.#headers })
  }

  /** Posts an envelope; objects that are texts go as they are. */
  post(...objects: readonly unknown[]): Promise<LightMyRequestResponse> {
    const texts = objects.map((object) => (typeof object === 'string' ? object : JSON.stringify(object)))
    const headers = { ...this.#headers, 'content-type': TAXII }
    return this.#server.inject({ method: 'POST', url: `${this.#base}objects/`, headers, payload: `{"objects":[${texts.join(',')}]}` })
  }

  /** Ids of everything that the client sees, page by page. */
  async walk(query: Readonly<Record<string, string>> = {}): Promise<string[]> {
    const ids: string[] = []
    for (let next: string | undefined = undefined as string | undefined; ;) {
      const page = (await this.get('objects/', next === undefined ? query : { ...query, next })).json<{ next?: string; objects?: { id: string }[] }>()
      ids.push(...(page.objects ?? []).map(({ id }) => id))
      if (page.next === undefined) return ids
      next = page.next
    }
  }
}

/** Each sighting that one organisation reported, of one indicator or of all, as if another had reported it too. Their rows are bound by no leaf. */
export async function sightLike(superuser: pg.Pool, other: OrganisationId, like: OrganisationId, indicatorId?: string): Promise<void> {
  const kept = 'operator_id, collection_id, contribution_id, indicator, counted, count, first_seen, last_seen, reported_at'
  const { rowCount } = await superuser.query(
    `insert into sighting (id, organisation_id, ${kept}) select gen_random_uuid(), $1, ${kept} from sighting
     where organisation_id = $2 and replaced_at is null and ($3::text is null or indicator = $3)`,
    [other, like, indicatorId],
  )
  if (!rowCount) throw new Error('nothing was sighted that could be sighted again')
}
