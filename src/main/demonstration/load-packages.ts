import { Readable } from 'node:stream'
import type { App } from '#platform/app.ts'
import type { Upload } from '#platform/http/upload.ts'
import type { PersonId } from '#platform/ids.ts'
import { attachFile } from '#program/packages/attach-file.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { editContent } from '#program/packages/edit-content.ts'
import { importPackage } from '#program/packages/import-package.ts'
import { approvePackage, submitPackage } from '#program/packages/review-package.ts'
import { schedulePackage } from '#program/packages/schedule-package.ts'
import { confirmRelease } from '#program/releases/confirm-release.ts'
import { proposeRelease } from '#program/releases/propose-release.ts'
import type { ReleaseId } from '#program/releases/store.ts'
import { PackageContent } from '#program/packages/contract.ts'
import { csafAdvisory, type AdvisoryFacts } from '../../../examples/advisory.ts'
import { asOperator } from '#main/demonstration/acting-as.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A package on an out-of-band release of its own; days count from the moment of loading. */
interface DemonstrationPackage {
  readonly facts: AdvisoryFacts
  readonly opensInDays: { readonly validate: number; readonly advance: number; readonly entry: number }
  readonly releasesInDays: number
  readonly reason: string
  readonly guidance: string
  readonly file: { readonly name: string; readonly text: string }
}

/** One that tier validate and advance read at once while tier entry waits, and one that opens to nobody for a long time. */
const PACKAGES: readonly DemonstrationPackage[] = [
  {
    facts: {
      id: 'PSIRT-2026-0029',
      title: 'Missing authentication in the update service of Example Mail Gateway',
      cve: 'CVE-2026-990029',
      product: 'Example Mail Gateway',
      weakness: { id: 'CWE-306', name: 'Missing Authentication for Critical Function' },
      vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
      score: 9.8,
      severity: 'CRITICAL',
      summary: 'Whoever reaches the update service of the gateway replaces its rules without signing in.',
      details: 'The service compares the name of the sender with a list, and the sender chooses the name.',
    },
    opensInDays: { validate: 0, advance: 0, entry: 29 },
    releasesInDays: 30,
    reason: 'Attacks on two customers were seen; the regular cycle comes too late.',
    guidance: 'Alert on a request to the path /update/rules whose header X-Origin names the gateway itself and whose address is not its own.',
    file: { name: 'request-example.txt', text: 'POST /update/rules HTTP/1.1\nHost: gateway.example\nX-Origin: gateway.example\n' },
  },
  {
    facts: {
      id: 'PSIRT-2026-0030',
      title: 'Use after free in the table reader of Example Office Suite',
      cve: 'CVE-2026-990030',
      product: 'Example Office Suite',
      weakness: { id: 'CWE-416', name: 'Use After Free' },
      vector: 'CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H',
      score: 7.8,
      severity: 'HIGH',
      summary: 'A prepared table makes the suite use a cell that it has released.',
      details: 'A merged cell that names itself is released twice.',
    },
    opensInDays: { validate: 120, advance: 150, entry: 170 },
    releasesInDays: 180,
    reason: 'The correction is coordinated with another vendor, who needs half a year.',
    guidance: 'Alert on a merged cell whose span holds its own index.',
    file: { name: 'cell-layout.txt', text: 'offset 0: index, offset 4: first of span, offset 8: last of span\n' },
  },
]

/** Silent protection of the members' own systems, and talk among them; nothing that an attacker could notice. */
const PERMITTED = { deploy: { ownFleet: 'allow' }, share: { withinGroup: 'allow' } }

/** Two packages but for those that are loaded already, written by the author, approved by the approver, each on a release that both decided. */
export async function loadPackages(app: App, loaded: number, { author, approver }: { author: PersonId; approver: PersonId }): Promise<void> {
  for (const example of PACKAGES.slice(loaded)) {
    const { id, contentHash } = await write(app, author, example)
    const release = await asOperator(app, author, (actor) =>
      proposeRelease(app, actor, { ...releaseOf(example, app.clock.now()), packages: [{ id, version: 1, contentHash }] }),
    )
    await asOperator(app, approver, async (actor) => {
      await confirmRelease(app, actor, release.key as ReleaseId)
      await approvePackage(app, actor, id, contentHash)
    })
    await asOperator(app, author, (actor) => schedulePackage(app, actor, id, release.key))
  }
}

function write(app: App, author: PersonId, { facts, guidance, file }: DemonstrationPackage): Promise<{ id: PackageId; contentHash: string }> {
  return asOperator(app, author, async (actor) => {
    const draft = await importPackage(app, actor, upload(JSON.stringify(csafAdvisory(facts))))
    const id = draft.id as PackageId
    const content = PackageContent.parse({ ...draft.content, detection: [{ sensor: 'network', title: facts.title, guidance }], permittedUse: PERMITTED })
    await editContent(app, actor, id, { contentHash: draft.contentHash!, content })
    const { contentHash } = await attachFile(app, actor, id, { part: 'attachments', upload: upload(file.text, file.name) })
    await submitPackage(app, actor, id, contentHash!)
    return { id, contentHash: contentHash! }
  })
}

function upload(text: string, name?: string): Upload {
  return { bytes: Readable.from([Buffer.from(text)]), name }
}

function releaseOf({ opensInDays, releasesInDays, reason }: DemonstrationPackage, now: Date) {
  // Whole hours, as people choose them.
  const start = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS
  const after = (days: number) => new Date(start + days * DAY_MS)
  const windows = { validate: after(opensInDays.validate), advance: after(opensInDays.advance), entry: after(opensInDays.entry) }
  return { instant: after(releasesInDays), zone: 'America/Los_Angeles', windows, reason }
}
