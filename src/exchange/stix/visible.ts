import type { PersonActor } from '#platform/auth/actor.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { COMMUNITY } from '#exchange/stix/tlp.ts'

/** What decides whether somebody sees one version of an object. */
export interface Marked {
  /** Operator whose collection holds it. */
  readonly operator: string
  /** Member that contributed it; null: the operator. */
  readonly contributor: string | null
  readonly tlp: TlpLabel
  /** Whether it stands for members: its contribution's newest version is marked for them, and all that it points at is open, too. */
  readonly open: boolean
}

/**
 * Whether the reader sees a version of an object (exchange design, V9): the operator's own people see all of it, the
 * contributor sees its own, other members what is open and marked AMBER or more openly, and a member only in collections that it holds
 * a right to read. Pure and fail-closed: a label that is not known is shown to nobody else.
 */
export function seesVersion(reader: PersonActor, version: Marked, mayReadCollection: boolean): boolean {
  if (reader.kind === 'operator') return version.operator === reader.operator
  return mayReadCollection && (version.contributor === reader.organisation || (version.open && COMMUNITY.includes(version.tlp)))
}
