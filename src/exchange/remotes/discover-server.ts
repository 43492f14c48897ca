import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { checkedAddress } from '#exchange/remotes/address.ts'
import type { Discover, Offered } from '#exchange/remotes/contract.ts'
import { FAILURES, RemoteFailure } from '#exchange/remotes/failure.ts'
import { RemoteClient } from '#exchange/remotes/remote-client.ts'

/** How long the person waits at most, and how long for one silent server. */
const LONGEST_MS = 20_000
const SILENT_MS = 8_000
const MOST_ROOTS = 20
const MOST_COLLECTIONS = 500

type Root = z.input<typeof Offered>['roots'][number]

/** Text of the server, for people: one line of no more than 200 characters. */
const shown = z
  .unknown()
  .transform((value) => (typeof value === 'string' ? value : '').toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim().slice(0, 200)) // prettier-ignore
const Discovery = z.looseObject({ title: shown.optional(), api_roots: z.array(z.string().max(2000)).max(1000) })
const ApiRoot = z.looseObject({ title: shown.optional(), max_content_length: z.number().int().positive().optional().catch(undefined) })
const Collections = z.looseObject({
  collections: z
    .array(z.looseObject({ id: z.string().min(1).max(200), title: shown.optional(), can_read: z.boolean().optional(), can_write: z.boolean().optional() }))
    .optional(),
})

/**
 * Asks a server what it offers to these credentials: its API roots with their collections, or those of the one API root that the
 * address names. Credentials go to the address' own origin alone; a root elsewhere is named, and not asked. Throws VALIDATION_FAILED
 * with what is the matter.
 */
export async function discoverServer(app: App, actor: OperatorActor, { url, login, ca }: z.output<typeof Discover>): Promise<z.input<typeof Offered>> {
  const address = checkedAddress(app, url, '/body/url')
  const { origin } = new URL(address)
  await app.db.transaction(actor, async (tx) => app.audit.record(tx, { action: 'remote.discovered', details: { origin, scheme: login.scheme } }))
  const signal = AbortSignal.timeout(LONGEST_MS)
  const client = new RemoteClient({ privateHosts: app.config.remotePrivateHosts, origin, login, ca, now: () => app.clock.now(), signal, silentMs: SILENT_MS })
  try {
    return await explore(client, address)
  } catch (error) {
    throw asProblem(signal.aborted ? new RemoteFailure('too-slow', { cause: error }) : error)
  }
}

async function explore(client: RemoteClient, address: string): Promise<z.input<typeof Offered>> {
  const { origin, pathname } = new URL(address)
  const start = pathname === '/' ? new URL('/taxii2/', address).href : address.replace(/collections\/([^/]+\/)?$/, '')
  const found = await client.getJson(start)
  const discovery = Discovery.safeParse(found)
  if (!discovery.success) return { title: '', roots: [await readRoot(client, start, found)] }
  const { title = '', api_roots: named } = discovery.data
  const roots: Root[] = []
  for (const name of named.slice(0, MOST_ROOTS)) {
    const root = URL.canParse(name, start) ? new URL(name, start) : undefined
    if (!root) continue
    if (!root.pathname.endsWith('/')) root.pathname += '/'
    if (root.origin === origin) roots.push(await tryRoot(client, root.href))
    else roots.push(nothingAt(root.href, 'It lies at another address than was entered; enter its own to see what it offers'))
  }
  return { title, roots }
}

async function tryRoot(client: RemoteClient, url: string): Promise<Root> {
  try {
    return await readRoot(client, url, await client.getJson(url))
  } catch (error) {
    if (error instanceof RemoteFailure) return nothingAt(url, FAILURES[error.kind])
    throw error
  }
}

async function readRoot(client: RemoteClient, url: string, found: unknown): Promise<Root> {
  const root = ApiRoot.safeParse(found)
  const listed = Collections.safeParse(await client.getJson(new URL('collections/', url).href))
  if (!root.success || !listed.success) throw new RemoteFailure('not-taxii')
  const collections = (listed.data.collections ?? []).slice(0, MOST_COLLECTIONS).map(({ id, title, can_read: canRead, can_write: canWrite }) => ({
    id,
    title: title === undefined || title === '' ? id : title,
    canRead: canRead ?? true,
    canWrite: canWrite ?? false,
  }))
  return { url, title: root.data.title ?? '', maxContentLength: root.data.max_content_length ?? null, collections, failure: null }
}

function nothingAt(url: string, failure: string): Root {
  return { url, title: '', maxContentLength: null, collections: [], failure }
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof RemoteFailure)) return error
  const field = error.kind === 'not-accepted' || error.kind === 'own-certificate' ? '/body/login' : error.kind === 'not-trusted' ? '/body/ca' : '/body/url'
  const message = error.kind === 'not-found' ? 'Nothing is at this address (404)' : FAILURES[error.kind]
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }], cause: error })
}
