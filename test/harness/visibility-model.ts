/** Who sees which versions of objects in one collection, as plainly as it can be said: what the exchange is compared with. */
export interface ModelVersion {
  /** Names it among the versions of its contribution. */
  readonly label: string
  /** Later versions have higher ones. */
  readonly at: number
  /** For whom it is marked: everybody who may read, the members of the one group, or nobody else. */
  readonly marked: 'all' | 'group' | 'none'
  readonly refs: readonly string[]
  readonly revoked: boolean
}

interface ModelContribution {
  readonly object: string
  readonly by: string
  readonly versions: ModelVersion[]
  readonly begun: number
  shown: number | undefined
}

/** The operator among the contributors and readers. */
export const OPERATOR = 'operator'

export class VisibilityModel {
  readonly #contributions: ModelContribution[] = []
  readonly #members = new Set<string>()
  #step = 0

  post(by: string, object: string, version: ModelVersion): void {
    this.#step++
    let own = this.#own(by, object)
    if (!own) this.#contributions.push((own = { object, by, versions: [], begun: this.#step, shown: undefined }))
    own.versions.push(version)
    this.#noteShown()
  }

  delete(by: string, object: string): void {
    this.#step++
    const at = this.#contributions.findIndex((one) => one.by === by && one.object === object)
    if (at >= 0) this.#contributions.splice(at, 1)
    this.#noteShown()
  }

  setMember(organisation: string, isMember: boolean): void {
    if (isMember) this.#members.add(organisation)
    else this.#members.delete(organisation)
  }

  versionsOf(by: string, object: string): readonly ModelVersion[] {
    return this.#own(by, object)?.versions ?? []
  }

  /** What others contributed of an object that a contributor without one of its own is shown. */
  othersOf(by: string, object: string): readonly ModelVersion[] {
    const leading = this.#leading(object)
    return leading && this.#own(by, object) === undefined && this.#reaches(by, leading) ? this.#outward(leading) : []
  }

  /** Every version that a reader is shown, each as `contributor object label`. */
  visible(reader: string): Set<string> {
    const objects = [...new Set(this.#contributions.map(({ object }) => object))]
    return new Set(objects.flatMap((object) => this.#shown(reader, object)))
  }

  /** The newest or the oldest that a reader is shown of each object, as `object label`. */
  outermost(reader: string, which: 'last' | 'first'): string[] {
    const objects = [...new Set(this.#contributions.map(({ object }) => object))]
    return objects.flatMap((object) => {
      const shown = this.#versions(reader, object)
      return shown.length === 0 ? [] : [`${object} ${shown.reduce((a, b) => (b.at > a.at === (which === 'last') ? b : a)).label}`]
    })
  }

  #shown(reader: string, object: string): string[] {
    const from = this.#own(reader, object) && reader !== OPERATOR ? reader : this.#leading(object)?.by
    return this.#versions(reader, object).map(({ label }) => `${from} ${object} ${label}`)
  }

  #versions(reader: string, object: string): readonly ModelVersion[] {
    const leading = this.#leading(object)
    if (reader === OPERATOR) return leading?.versions ?? []
    const own = this.#own(reader, object)
    if (own) return own.versions
    return leading && this.#reaches(reader, leading) ? this.#outward(leading) : []
  }

  #own(by: string, object: string): ModelContribution | undefined {
    return this.#contributions.find((one) => one.by === by && one.object === object)
  }

  #audience({ object, versions }: ModelContribution): 'all' | 'group' | undefined {
    const newest = versions.reduce((a, b) => (b.at > a.at ? b : a))
    if (!object.startsWith('file--')) return newest.marked === 'none' ? undefined : newest.marked
    if (versions.some(({ marked }) => marked === 'all')) return 'all'
    return versions.some(({ marked }) => marked === 'group') ? 'group' : undefined
  }

  #refs({ object, versions }: ModelContribution): readonly string[] {
    return object.startsWith('file--') ? [] : versions.reduce((a, b) => (b.at > a.at ? b : a)).refs
  }

  /** Contributions that others are shown: what refers to one another stands or falls together. */
  #open(): Set<ModelContribution> {
    const open = new Set(this.#contributions.filter((one) => this.#audience(one) !== undefined))
    for (let before = -1; before !== open.size;) {
      before = open.size
      for (const one of open) if (!this.#refs(one).every((ref) => this.#isOpenFor(ref, this.#audience(one)!, open))) open.delete(one)
    }
    return open
  }

  #isOpenFor(object: string, audience: 'all' | 'group', open: ReadonlySet<ModelContribution>): boolean {
    return [...open].some((one) => one.object === object && (this.#audience(one) === 'all' || this.#audience(one) === audience))
  }

  #leading(object: string): ModelContribution | undefined {
    const open = this.#open()
    const rank = (one: ModelContribution) => (open.has(one) ? (this.#audience(one) === 'all' ? 0 : 1) : 2)
    const of = this.#contributions.filter((one) => one.object === object)
    return of.sort((a, b) => rank(a) - rank(b) || (a.shown ?? Infinity) - (b.shown ?? Infinity) || a.begun - b.begun)[0]
  }

  /** Whether a reader belongs to those whom an open contribution is for. */
  #reaches(reader: string, one: ModelContribution): boolean {
    return this.#open().has(one) && (this.#audience(one) === 'all' || this.#members.has(reader))
  }

  #outward(one: ModelContribution): ModelVersion[] {
    const [open, audience] = [this.#open(), this.#audience(one)]
    return one.versions.filter(({ marked, refs }) => marked === audience && refs.every((ref) => this.#isOpenFor(ref, audience, open)))
  }

  #noteShown(): void {
    for (const one of this.#open()) one.shown ??= this.#step
  }
}
