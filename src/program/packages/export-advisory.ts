import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { Advisory, Stage } from '#program/advisories/advisory.ts'
import { exportCsaf } from '#program/advisories/export-csaf.ts'
import { exportCve } from '#program/advisories/export-cve.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { AdvisoryQuery } from '#program/packages/contract.ts'
import { releaseOf } from '#program/packages/known-version.ts'
import { leftAs } from '#program/packages/left-as.ts'
import type { Left } from '#program/packages/package.ts'
import { openForContact, openForStaff, type OpenVersion } from '#program/packages/open-version.ts'
import { shows } from '#program/packages/show-package.ts'
import { operatorNameOf, type StoredVersion } from '#program/packages/store.ts'
import { viewOf } from '#program/packages/view.ts'

type Wanted = z.output<typeof AdvisoryQuery> & { readonly package: PackageId }

/** A document to save. */
export interface ExportedAdvisory {
  readonly name: string
  readonly bytes: Buffer
}

/**
 * A version in a format that others read, with the parts that the actor may read and, if a contact, has received: never more.
 * Files are never in it. Throws NOT_FOUND for what is not open to the actor, CONFLICT for a contact that has not received it, and
 * VALIDATION_FAILED naming `/query/cve` where there is no one record to give.
 */
export function exportAdvisory(app: App, actor: PersonActor, wanted: Wanted): Promise<ExportedAdvisory> {
  return app.db.transaction(actor, async (tx) => {
    const { version, document } = await makeDocument(app, tx, actor, wanted)
    const { row, facts } = version
    const sha256 = createHash('sha256').update(document.bytes).digest('hex')
    const details = { version: row.version, format: wanted.format, contentHash: facts.contentHash, sha256 }
    app.audit.record(tx, { action: 'package.exported', subject: row.package_id, operator: row.operator_id, details })
    return document
  })
}

/** Whether there is such a document for the actor; nothing is recorded. Throws as `exportAdvisory`. */
export async function askForAdvisory(app: App, actor: PersonActor, wanted: Wanted): Promise<void> {
  await app.db.read(actor, (tx) => makeDocument(app, tx, actor, wanted))
}

async function makeDocument(app: App, tx: Tx, actor: PersonActor, wanted: Wanted): Promise<{ version: OpenVersion; document: ExportedAdvisory }> {
  const { package: id, version: number } = wanted
  const version = actor.kind === 'contact' ? await openForContact(app, tx, actor, id, app.clock.now(), number) : await openForStaff(app, tx, actor, id, number)
  if (!version) throw new Problem('NOT_FOUND')
  if (version.contact && version.contact.receivedAt === null)
    throw new Problem('CONFLICT', 'Receive the package first: an export holds what you have received.')
  return { version, document: written(await advisoryOf(app, tx, version), wanted) }
}

async function advisoryOf(app: App, tx: Tx, version: OpenVersion): Promise<Advisory> {
  const { row, content, now } = version
  const { origin } = app.config.url
  return {
    package: row.package_id,
    version: row.version,
    stage: stageOf(row, now, GONE.has(row.state) ? await leftAs(tx, { package: row.package_id, version: row.version }) : undefined),
    content: viewOf(content, (part) => shows(version, part)),
    release: releaseOf(row)?.instant ?? null,
    at: row.updated_at,
    publisher: { id: row.operator_id, name: await operatorNameOf(tx, row.operator_id), namespace: origin },
    address: `${origin}/packages/${row.package_id}`,
  }
}

/** States from which nothing leads back; of them the history says what was before. */
const GONE: ReadonlySet<StoredVersion['state']> = new Set(['pulled', 'superseded'])

/**
 * What was pulled or replaced before its release never was public, nor was what had left its cycle by then: it stays a draft
 * (program.md, E20). `left` is what such a version was before.
 */
export function stageOf(row: StoredVersion, now: Date, left?: Left): Stage {
  const release = releaseOf(row)?.instant
  switch (row.state) {
    case 'scheduled':
    case 'released':
      return release !== undefined && release <= now ? 'final' : 'draft'
    case 'withdrawn':
      return 'withdrawn'
    case 'pulled':
      return left === 'released' ? 'withdrawn' : 'draft'
    case 'superseded':
      return left === 'released' ? 'superseded' : 'draft'
    default:
      return 'draft'
  }
}

function written(advisory: Advisory, { format, cve }: Wanted): ExportedAdvisory {
  if (format !== 'cve-5') {
    const name = advisory.content.bulletin?.id ?? `vedette-${advisory.package}`
    // How CSAF has files named (5.1).
    return { name: `${name.toLowerCase().replaceAll(/[^+\-a-z0-9]+/g, '_')}.json`, bytes: exportCsaf(advisory, format === 'csaf-2.0' ? '2.0' : '2.1') }
  }
  const named = (advisory.content.vulnerabilities ?? []).flatMap((vulnerability) => vulnerability.cve ?? [])
  const one = cve ?? (named.length === 1 ? named[0] : undefined)
  const bytes = one === undefined ? undefined : exportCve(advisory, one)
  if (one === undefined || bytes === undefined) {
    const message = one === undefined ? 'the CVE id of the record; the package names none or several' : 'not a CVE id for which there is a record'
    throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/query/cve', message }] })
  }
  return { name: `${one}.json`, bytes }
}
