import { createHmac } from 'node:crypto'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import type { App } from '#platform/app.ts'
import { deriveKey } from '#platform/crypto/derive.ts'
import type { Tx } from '#platform/db/database.ts'
import { contentHash } from '#program/packages/content-hash.ts'
import { PackageContent } from '#program/packages/contract.ts'
import type { ContentColumns, StoredVersion, VersionKey } from '#program/packages/store.ts'

/** Largest content, in bytes of its canonical JSON. */
export const MAX_CONTENT_BYTES = 32 * 1024 * 1024
const TAG_BYTES = 16

/** Seals what a version says as an object of its own; the columns that say where it lies and what it is. */
export async function storeContent(app: App, tx: Tx, key: VersionKey, content: PackageContent): Promise<ContentColumns> {
  const hash = contentHash({ ...key, content })
  const { id } = await app.objects.put(tx, once(Buffer.from(canonicalJson(content))), { limit: MAX_CONTENT_BYTES })
  return { content_object: id, content_hash: Buffer.from(hash, 'hex'), product_tags: [...new Set(content.products.map(({ name }) => name))].map(tagger(app)) }
}

/** What a version says. Throws an Error when it is not what its row says it is. */
export async function openContent(app: App, tx: Tx, row: StoredVersion): Promise<PackageContent> {
  const { stream } = await app.objects.open(tx, row.content_object)
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  const content = PackageContent.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
  const hash = contentHash({ package: row.package_id, version: row.version, content })
  if (hash !== row.content_hash.toString('hex')) throw new Error(`the content of package ${row.package_id}, version ${row.version}, is not the one of its row`)
  return content
}

/** Whether one of these products is named by the content that has these tags. */
export function namesProduct(app: App, tags: readonly Buffer[], products: readonly string[]): boolean {
  const known = new Set(tags.map((tag) => tag.toString('hex')))
  return products.map(tagger(app)).some((tag) => known.has(tag.toString('hex')))
}

/** A product's name as the database may hold it: found again by who knows the name and the key, and by nobody else. */
function tagger(app: Pick<App, 'keys'>): (name: string) => Buffer {
  const key = deriveKey(app.keys, 'package product')
  return (name) => createHmac('sha256', key).update(name).digest().subarray(0, TAG_BYTES)
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes
}
