import { Readable } from 'node:stream'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import { ConsistencyProof, ConsistencyQuery, ExportQuery, LeafPage, LeafParams, LeafProof, LeafQuery, LeafView, TileParams } from '#platform/audit/contract.ts'
import { parseLeaf } from '#platform/audit/leaf.ts'
import { hashLeaf } from '#platform/audit/merkle.ts'
import { may } from '#platform/audit/policy.ts'
import { consistencyProof, inclusionPath } from '#platform/audit/prove.ts'
import { findLeaf, listLeaves, type LeafFilter, type LeafRow } from '#platform/audit/read-store.ts'
import { openCheckpoint } from '#platform/audit/signed-checkpoint.ts'
import { verifierKeyText } from '#platform/audit/signed-note.ts'
import { readHead, readNodes, type Head } from '#platform/audit/store.ts'
import { parseTile, placesInTile } from '#platform/audit/tile.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { route, type Route } from '#platform/http/route.ts'

const LIST = 'log'
const Position = z.tuple([z.number().int()])
const EXPORT_BATCH = 500

/** The log as an auditor reads it, and what is needed to check it without believing the server. */
export function routes(app: App): Route[] {
  const common = { method: 'GET', tag: 'log', access: may.readLog } as const
  return [
    route({
      ...common,
      url: '/api/log/leaves',
      summary: 'Lists the leaves of your operator and of the instance itself, newest first.',
      query: LeafQuery,
      response: LeafPage,
      handle: async ({ actor, query }) => {
        const { limit, cursor, ...filter } = query
        const before = cursor === undefined ? undefined : Position.parse(openCursor(app, LIST, cursor))[0]
        const rows = await app.db.read(actor, (tx) =>
          listLeaves(tx, ofOperator(actor), filter, { limit: limit + 1, ...(before === undefined ? {} : { before }) }),
        )
        const items = rows.slice(0, limit)
        return { items: items.map(toView), next: rows.length > limit ? sealCursor(app, LIST, [items.at(-1)!.index]) : null }
      },
    }),
    route({
      ...common,
      url: '/api/log/leaves/:index',
      summary: 'Shows one leaf with the proof that it is in the newest signed tree.',
      params: LeafParams,
      response: LeafProof,
      handle: ({ actor, params }) =>
        app.db.read(actor, async (tx) => {
          const row = (await findLeaf(tx, ofOperator(actor), params.index)) ?? notFound()
          const head = await newest(tx)
          const path = await inclusionPath(tx, params.index, head.size)
          return { leaf: toView(row), size: head.size, root: hex(head.root), path: path.map(hex), checkpoint: head.checkpoint, key: keyOf(app, head) }
        }),
    }),
    route({
      ...common,
      url: '/api/log/checkpoint',
      summary: 'Shows the newest signed checkpoint (C2SP tlog-checkpoint): keep it to notice a log that was rewritten.',
      produces: 'text/plain; charset=utf-8',
      response: z.string(),
      handle: ({ actor }) => app.db.read(actor, async (tx) => (await newest(tx)).checkpoint),
    }),
    route({
      ...common,
      url: '/api/log/consistency',
      summary: 'Proves that the log at one size is the beginning of the log at a later size.',
      query: ConsistencyQuery,
      response: ConsistencyProof,
      handle: ({ actor, query }) =>
        app.db.read(actor, async (tx) => {
          const { size } = await newest(tx)
          const { from, to = size } = query
          if (from > to || to > size) throw outOfOrder(from > to ? 'from' : 'to', size)
          const { fromRoot, toRoot, path } = await consistencyProof(tx, from, to)
          return { from, to, fromRoot: hex(fromRoot), toRoot: hex(toRoot), path: path.map(hex) }
        }),
    }),
    route({
      ...common,
      url: '/api/log/tile/:level/*',
      summary: 'Shows a tile of hashes of the tree (C2SP tlog-tiles); the leaves themselves are in no tile.',
      params: TileParams,
      produces: 'application/octet-stream',
      response: z.instanceof(Buffer),
      handle: ({ actor, params }) =>
        app.db.read(actor, async (tx) => {
          const tile = parseTile(params.level, params['*']) ?? notFound()
          const places = placesInTile(tile, (await newest(tx)).size) ?? notFound()
          return Buffer.concat(places.map(await readNodes(tx.db, places)))
        }),
    }),
    route({
      ...common,
      url: '/api/log/export',
      summary: 'Exports the leaves of your operator and of the instance itself, newest first, as one JSON object a line; the export is recorded.',
      access: may.exportLog,
      query: ExportQuery,
      produces: 'application/x-ndjson',
      response: z.instanceof(Readable),
      handle: async ({ actor, query }) => {
        await app.db.transaction(actor, async (tx) => app.audit.record(tx, { action: 'log.exported', details: toDetails(query) }))
        return Readable.from(exportLines(app, ofOperator(actor), query))
      },
    }),
  ]
}

async function* exportLines(app: App, actor: OperatorActor, filter: LeafFilter): AsyncGenerator<string> {
  for (let before: number | undefined = Number.MAX_SAFE_INTEGER; before !== undefined;) {
    const page: { limit: number; before: number } = { limit: EXPORT_BATCH, before }
    const rows: LeafRow[] = await app.db.read(actor, (tx) => listLeaves(tx, actor, filter, page))
    if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(LeafView.parse(toView(row)))}\n`).join('')
    before = rows.at(-1)?.index
  }
}

function toDetails(filter: LeafFilter) {
  return Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : (value ?? null)]))
}

/** The rule lets nobody else in. */
function ofOperator(actor: PersonActor): OperatorActor {
  return actor.kind === 'operator' ? actor : notFound()
}

async function newest(tx: Tx): Promise<Head> {
  return (await readHead(tx.db)) ?? notFound()
}

function keyOf(app: App, head: Head): string {
  const checkpoint = openCheckpoint(head.checkpoint, app.keys.log)
  if (!checkpoint) throw new Problem('AUDIT_UNAVAILABLE', 'The head of the log is not the one that was signed; run vedette log verify.')
  return verifierKeyText(checkpoint.origin, app.keys.log)
}

function toView(row: LeafRow): z.input<typeof LeafView> {
  return {
    index: row.index,
    happenedAt: row.happened_at,
    action: row.action,
    actor: { id: row.actor_id, name: row.actor_name ?? parseLeaf(row.body)?.actor.name ?? null },
    subjectId: row.subject_id,
    body: row.body.toString(),
    leafHash: hex(hashLeaf(row.body)),
  }
}

function hex(hash: Buffer): string {
  return hash.toString('hex')
}

function notFound(): never {
  throw new Problem('NOT_FOUND')
}

function outOfOrder(field: string, size: number): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: `/query/${field}`, message: `sizes in order, at most ${size}` }] })
}
