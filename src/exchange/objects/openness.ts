import type { Transaction } from 'kysely'
import type { DB } from '#platform/db/types.ts'
import { openOnes } from '#exchange/stix/open.ts'
import { COMMUNITY } from '#exchange/stix/tlp.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { audienceOf, refsOf, type Contribution } from '#exchange/objects/contribution.ts'
import { listOpen } from '#exchange/objects/version-store.ts'

/** Which objects of a collection others than their contributor and the operator are shown, and which of these. */
export class Openness {
  readonly #db: Transaction<DB>
  readonly #collection: CollectionId
  readonly #audiences = new Map<string, ReadonlySet<string>>()

  constructor(db: Transaction<DB>, collection: CollectionId) {
    this.#db = db
    this.#collection = collection
  }

  /** Finds out about the objects that are not known yet. */
  async learn(objects: readonly string[]): Promise<void> {
    const unknown = [...new Set(objects)].filter((object) => !this.#audiences.has(object))
    const found = await listOpen(this.#db, this.#collection, unknown)
    for (const object of unknown) this.#audiences.set(object, found.get(object) ?? new Set())
  }

  /**
   * Decides which of the contributions are open. They are all that there are of their objects, and everything that points at an object
   * whose openness might change is among them.
   */
  async judge(contributions: readonly Contribution[]): Promise<void> {
    const within = new Set(contributions.map(({ object }) => object))
    await this.learn(contributions.flatMap(refsOf).filter((ref) => !within.has(ref)))
    for (const object of within) this.#audiences.set(object, new Set())
    const byAudience = Map.groupBy(contributions, (one) => audienceOf(one, this.#collection))
    for (const one of contributions) one.open = false
    // What is for a group may point at what is for everybody, never the other way round.
    const audiences = [...byAudience.keys()]
      .flatMap((audience) => audience ?? [])
      .sort((a, b) => Number(b === this.#collection) - Number(a === this.#collection))
    for (const audience of audiences) {
      const of = byAudience.get(audience)!
      const refs = new Set(of.flatMap(refsOf))
      const outside = new Set([...refs].filter((ref) => this.isOpenFor(ref, audience)))
      const open = openOnes(
        of.map((one) => ({ id: one.id, object: one.object, community: true, refs: refsOf(one) })),
        outside,
      )
      for (const one of of) {
        one.open = open.has(one.id)
        if (one.open) this.#audiences.set(one.object, new Set([...this.#audiences.get(one.object)!, audience]))
      }
    }
  }

  /** Decides for each loaded version whether its audience is shown it. */
  async judgeVersions(contributions: readonly Contribution[]): Promise<void> {
    await this.learn(contributions.flatMap(({ open, drafts }) => (open ? drafts.flatMap(({ version }) => version.shown_with) : [])))
    for (const one of contributions) {
      const audience = audienceOf(one, this.#collection)
      for (const draft of one.drafts) {
        if (!one.whole && !draft.isNew) continue
        const { tlp, audience: of, shown_with: refs } = draft.version
        draft.open = one.open && COMMUNITY.includes(tlp) && of === audience && refs.every((ref) => this.isOpenFor(ref, audience))
      }
    }
  }

  isOpenFor(object: string, audience: string): boolean {
    const audiences = this.#audiences.get(object)
    return audiences !== undefined && (audiences.has(this.#collection) || audiences.has(audience))
  }
}
