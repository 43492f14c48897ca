import type { Keys } from '#platform/crypto/keys.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { TlpLabel } from '#program/packages/contract.ts'

export type YaraSetId = Id<'yara-set'>

/** A set that is not deleted. */
export interface YaraSetRow {
  readonly id: YaraSetId
  readonly operator_id: OperatorId
  /** The member whose it is; null: the operator's own. */
  readonly organisation_id: OrganisationId | null
  readonly sealed_name: Buffer
  readonly tlp: TlpLabel
  readonly enabled: boolean
  readonly version: number
  readonly changed_by: PersonId
  readonly changed_at: Date
}

export interface YaraVersionRow {
  readonly version: number
  readonly tlp: TlpLabel
  readonly sha256: string
  readonly size: number
  readonly source: ObjectId
  readonly added_at: Date
  readonly person_name: string | null
}

const PURPOSE = 'yara-set.name'

/** What a set is called may tell whom it is about. */
export function sealSetName(keys: Keys, id: YaraSetId, name: string): Buffer {
  return sealText(keys, { purpose: PURPOSE, context: [id] }, name)
}

/** Throws for a name that was altered or moved from another set. */
export function setNameOf(keys: Keys, { id, sealed_name: sealed }: Pick<YaraSetRow, 'id' | 'sealed_name'>): string {
  return unsealText(keys, { purpose: PURPOSE, context: [id] }, sealed)
}
