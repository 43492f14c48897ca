import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import { decide, type Decision } from '#program/packages/package.ts'
import { findConfirmed, type DecisionId, type StoredDecision } from '#program/packages/decisions/store.ts'
import type { Tx } from '#platform/db/database.ts'
import type { VersionKey } from '#program/packages/store.ts'

type Keys = Pick<App, 'keys'>
const reasonOf = (id: DecisionId) => ({ purpose: 'package decision reason', context: [id] })
const cvesOf = (id: DecisionId) => ({ purpose: 'package decision cves', context: [id] })
const Cves = z.array(z.string())

/** Why something is decided: it may name what is under embargo. */
export const sealReason = (app: Keys, id: DecisionId, reason: string): Buffer => sealText(app.keys, reasonOf(id), reason)
export const openReason = (app: Keys, id: DecisionId, sealed: Buffer): string => unsealText(app.keys, reasonOf(id), sealed)
/** Which vulnerabilities leave a package. */
export const sealCves = (app: Keys, id: DecisionId, cves: readonly string[]): Buffer => sealText(app.keys, cvesOf(id), JSON.stringify(cves))
export const openCves = (app: Keys, { id, cves }: Pick<StoredDecision, 'id' | 'cves'>): string[] =>
  cves ? Cves.parse(JSON.parse(unsealText(app.keys, cvesOf(id), cves))) : []

/** The decision of two that deferred a version last; undefined when none did. */
export async function findDeferral(app: Keys, tx: Tx, key: VersionKey): Promise<Decision | undefined> {
  const row = await findConfirmed(tx, key, 'defer')
  if (!row?.confirmed_by || !row.confirmed_at) return undefined
  return decide({ proposedBy: row.proposed_by, confirmedBy: row.confirmed_by, reason: openReason(app, row.id, row.reason), at: row.confirmed_at })
}
