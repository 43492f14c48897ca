import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'

/** One stored version of an object, without its bytes. Instants and positions are microseconds since 1970. */
export interface Version {
  readonly id: string
  /** All versions of one object by one member in one collection. */
  readonly contribution_id: string
  /** Member that contributed it; null: the operator. */
  readonly organisation_id: OrganisationId | null
  readonly object_id: string
  readonly type: string
  /** Whether it has versions; an observable has none. */
  readonly versioned: boolean
  /** As its author wrote it; of an observable, when it came in. */
  readonly version: string
  readonly version_at: bigint
  readonly tlp: TlpLabel
  /** For whom it is by its own marking. */
  readonly audience: string
  readonly revoked: boolean
  /** Ids of objects in the same collection without which nobody else is shown it. */
  readonly shown_with: readonly string[]
  /** Keyed digest of the bytes; of an observable, of what it says however it is written. */
  readonly content: Buffer
  readonly block_id: string
  /** Where its bytes are in the opened block. */
  readonly start: number
  readonly size: number
  /** Whether it is the first or the last that its contributor or others are shown of the contribution. */
  readonly oldest: boolean
  readonly newest: boolean
  /** Whether its audience is shown it, as far as it itself decides. */
  readonly open: boolean
  /** Whether its contribution is the one that everybody but another contributor is shown. */
  readonly leads: boolean
  readonly contributed_at: number
  /** When others were first shown its contribution. */
  readonly shown_since: number | null
}

/** A row of one audience's feed. */
export interface FeedRow {
  readonly audience: string
  readonly position: number
  readonly oldest: boolean
  readonly newest: boolean
  /** Not for those who have it already by a row of their own: the contributor and the operator's people. */
  readonly late: boolean
  /** The version as its readers are told it, of a row that is stored. */
  readonly shown_as?: string
}

/** Whose collection objects are stored in, and in whose name. */
export interface Place {
  readonly collection: CollectionId
  readonly operator: OperatorId
  /** Member in whose name; null: the operator itself. */
  readonly contributor: OrganisationId | null
}
