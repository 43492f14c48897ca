import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import { PackageContent } from '#program/packages/contract.ts'
import type { VersionKey } from '#program/packages/store.ts'

const { title, tlp, validateParts } = PackageContent.shape
const ContentSummary = z.object({
  title,
  /** Id of the bulletin. */
  bulletin: z.string().nullable(),
  cves: z.array(z.string()),
  tlp: tlp.unwrap(),
  validateParts: validateParts.unwrap(),
  /** Whether members are shown who found it before the release. */
  finderAgrees: z.boolean().default(false),
})
/** What lists show of a content, and what decides about its parts. */
export type ContentSummary = z.output<typeof ContentSummary>

/** It opens for this version with this content only: the hash is the one of the row, which a leaf of the log binds. */
const placeOf = ({ package: id, version }: VersionKey, contentHash: string) => ({ purpose: 'package summary', context: [id, String(version), contentHash] })

export function summaryOf(content: PackageContent): ContentSummary {
  return {
    title: content.title,
    bulletin: content.bulletin.id,
    cves: content.vulnerabilities.flatMap(({ cve }) => cve ?? []),
    tlp: content.tlp,
    validateParts: content.validateParts,
    finderAgrees: finderAgrees(content),
  }
}

/** Whether every finder agrees to be named to members before the release. */
export function finderAgrees(content: PackageContent): boolean {
  return content.schema === 2 && content.credit.showBeforeRelease
}

/** Seals the summary for its row, so that a list does not open whole contents. */
export function sealSummary(app: Pick<App, 'keys'>, key: VersionKey, contentHash: string, content: PackageContent): Buffer {
  return sealText(app.keys, placeOf(key, contentHash), JSON.stringify(summaryOf(content)))
}

/** The summary of a row. Throws when it was altered, or made for another version or content. */
export function openSummary(app: Pick<App, 'keys'>, key: VersionKey, contentHash: Buffer, sealed: Buffer): ContentSummary {
  return ContentSummary.parse(JSON.parse(unsealText(app.keys, placeOf(key, contentHash.toString('hex')), sealed)))
}
