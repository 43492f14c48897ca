import { canonicalJson } from '#platform/audit/canonical-json.ts'
import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { contentHash } from '#program/packages/content-hash.ts'
import { sealSummary } from '#program/packages/content-summary.ts'
import { Content1 } from '#program/packages/content-1.ts'
import { PackageContent } from '#program/packages/contract.ts'
import { cveColumns } from '#program/packages/cve-tag.ts'
import { productTagger } from '#program/packages/product-tag.ts'
import type { ContentColumns, StoredVersion, VersionKey } from '#program/packages/store.ts'

/** Largest content, in bytes of its canonical JSON. */
export const MAX_CONTENT_BYTES = 32 * 1024 * 1024

/** Seals what a version says as an object of its own; the columns that say where it lies and what it is. */
export async function storeContent(app: App, tx: Tx, key: VersionKey, content: PackageContent): Promise<ContentColumns> {
  const hash = contentHash({ ...key, content })
  const { id } = await app.objects.put(tx, once(Buffer.from(canonicalJson(content))), { limit: MAX_CONTENT_BYTES })
  const names = new Set(content.products.map(({ name }) => name))
  return {
    content_object: id,
    content_hash: Buffer.from(hash, 'hex'),
    product_tags: [...names].map(productTagger(app)),
    ...cveColumns(app, content),
    summary: sealSummary(app, key, hash, content),
  }
}

/** What a version says: exactly what has the hash of its row. Throws an Error when it is something else. */
export async function openContent(app: App, tx: Tx, row: StoredVersion): Promise<PackageContent> {
  const { stream } = await app.objects.open(tx, row.content_object)
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  const content = parseContent(JSON.parse(Buffer.concat(chunks).toString('utf8')))
  const hash = contentHash({ package: row.package_id, version: row.version, content })
  if (hash !== row.content_hash.toString('hex')) throw new Error(`the content of package ${row.package_id}, version ${row.version}, is not the one of its row`)
  return content
}

/** As it was stored, and so as it was hashed. */
function parseContent(value: unknown): PackageContent {
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined
  return schema === 1 ? Content1.parse(value) : PackageContent.parse(value)
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes
}
