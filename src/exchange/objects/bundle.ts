import type { App } from '#platform/app.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { saysTheSame } from '#exchange/stix/content.ts'
import { COMMUNITY, strictest, tlpOf } from '#exchange/stix/tlp.ts'
import { faultOfNextVersion } from '#exchange/stix/versions.ts'
import type { Arrival } from '#exchange/objects/arrival.ts'
import { isGone, newestOf, type Contribution, type Draft } from '#exchange/objects/contribution.ts'
import type { Markings } from '#exchange/objects/markings.ts'
import type { Place, Version } from '#exchange/objects/version.ts'

/** Most versions of one object that one contributor may keep in a collection. */
export const MOST_VERSIONS = 1000

/** What became of one object: `known` ones were there already and add nothing; `newest` tells whether no later version is known. */
export type Stored =
  | { readonly outcome: 'added'; readonly version: string; readonly newest: boolean; readonly tlp: TlpLabel }
  | { readonly outcome: 'known'; readonly version: string }
  | { readonly outcome: 'refused'; readonly message: string }

export interface Known {
  /** Everybody's contributions of the objects that came, with the versions that are asked for among those that are loaded. */
  readonly contributions: readonly Contribution[]
  /** Whether the contributor is shown what others have contributed. */
  readonly sees: (one: Contribution) => boolean
  /** Bytes of the stored versions that what came is compared with, by version. */
  readonly bodies: ReadonlyMap<string, Buffer>
  /** Embargoes with which what the operator contributed waits, or did. */
  readonly embargoes: ReadonlySet<string>
}

export interface Rules extends Place {
  /** For whom at most, whatever the objects' own markings allow. */
  readonly limit: TlpLabel | undefined
  /** What an object that names no label counts as. */
  readonly unmarked?: TlpLabel
  readonly markings: Markings
  /** Ids of objects of which no further version is taken. */
  readonly closed?: ReadonlySet<string>
  /** What the objects are released with, if they wait for it. */
  readonly embargo?: string
}

/** A version that is new, with the object that it comes from. */
export interface Addition {
  readonly draft: Draft
  readonly arrival: Arrival
  result: Stored
}

/** Later than any instant: a new observable is the newest of its contribution until its position is its version. */
const NOT_YET = 2n ** 62n

/** The objects of one bundle as they are decided on, one after another; each by look-ups, whatever came before. */
export class Bundle {
  readonly additions: Addition[] = []
  readonly #app: Pick<App, 'ids'>
  readonly #rules: Rules
  readonly #known: Known
  readonly #own: Map<string, Contribution>
  readonly #others: ReadonlyMap<string, Contribution>
  readonly #versions = new Map<string, Version>()
  /** Bytes of versions by their ids: those that are compared with, and those that were added. */
  readonly #bodies: Map<string, Buffer>
  /** Observables that came in this call. */
  readonly #observables: Set<string>

  constructor(app: Pick<App, 'ids'>, rules: Rules, known: Known, observables: Set<string>) {
    this.#app = app
    this.#rules = rules
    this.#known = known
    this.#observables = observables
    this.#bodies = new Map(known.bodies)
    this.#own = new Map(known.contributions.filter(({ organisation }) => organisation === rules.contributor).map((one) => [one.object, one]))
    this.#others = new Map(known.contributions.filter((one) => !this.#own.has(one.object) && known.sees(one)).map((one) => [one.object, one]))
    for (const { drafts } of known.contributions) for (const { version } of drafts) this.#note(version)
  }

  /** All contributions of the objects that came, with what was added. */
  get contributions(): Contribution[] {
    const isNew = (one: Contribution) => one.contributedAt === undefined
    return [...this.#known.contributions, ...[...this.#own.values()].filter(isNew)]
  }

  take(one: Arrival): Stored {
    const { object, at, content } = one
    const cameBefore = this.#observables.has(object.id)
    if (at === undefined) this.#observables.add(object.id)
    const own = this.#own.get(object.id)
    const other = own ? undefined : this.#others.get(object.id)
    const of = own ?? other
    const rival = of && this.#versions.get(`${of.id} ${at ?? content.toString('hex')}`)
    // Of what others contributed only what the contributor is shown is there for it.
    const found = rival && (own || rival.open) ? rival : undefined
    if (found && (found.content.equals(content) || (at !== undefined && this.#saysSame(found, one)))) return { outcome: 'known', version: found.version }
    const message = this.#faultOf(one, own, { other: other !== undefined, rival: found !== undefined, repeated: at === undefined && cameBefore })
    if (message !== undefined) return { outcome: 'refused', message }
    return this.#add(one, own)
  }

  #faultOf({ object, at }: Arrival, own: Contribution | undefined, is: { other: boolean; rival: boolean; repeated: boolean }): string | undefined {
    if (this.#rules.closed?.has(object.id) || (is.other && at !== undefined && object.modified !== undefined))
      return 'only its creator makes versions of this object'
    if (own && is.rival) return 'this version is stored with another content'
    if (this.#rules.markings.groupsOf(object).length > 1) return 'names more than one sharing group'
    const newest = own && newestOf(own)
    const held = this.#faultOfHeld(object, own)
    if (held !== undefined) return held
    if (newest && at !== undefined && newest.revoked && at > newest.version_at) return 'was revoked, which is final'
    const before = newest && at !== undefined ? this.#bodies.get(newest.id) : undefined
    const fault = before && faultOfNextVersion(JSON.parse(before.toString('utf8')) as StixObject, object)
    if (fault !== undefined) return fault
    if (is.repeated) return 'came before in this envelope with another content'
    return own && own.count >= MOST_VERSIONS ? `has ${MOST_VERSIONS} versions, the most that are kept` : undefined
  }

  /** Why an object cannot wait with the embargo that is asked for. */
  #faultOfHeld(object: Arrival['object'], own: Contribution | undefined): string | undefined {
    const { embargo, markings, limit, unmarked } = this.#rules
    if (embargo === undefined) return undefined
    if (markings.groupsOf(object).length > 0) return 'is for a sharing group, whose members an embargo does not release it to'
    if (!COMMUNITY.includes(strictest(tlpOf(object, markings.isKnown, unmarked), limit)))
      return 'its marking shows it to nobody else, so that an embargo releases nothing of it'
    const before = own && !isGone(own) ? newestOf(own).audience : undefined
    if (before === undefined || before === embargo) return undefined
    return this.#known.embargoes.has(before) ? 'waits with another embargo' : 'is stored without an embargo: this one would take it back from those who read it'
  }

  /** A further version of what waits does so with the same embargo, however it comes. */
  #heldWith(own: Contribution | undefined): string | undefined {
    const before = own && !isGone(own) ? newestOf(own).audience : undefined
    return this.#rules.embargo ?? (before !== undefined && this.#known.embargoes.has(before) ? before : undefined)
  }

  /** Whether a version says the same as what came, however it is written. */
  #saysSame({ id }: Version, { bytes }: Arrival): boolean {
    const body = this.#bodies.get(id)
    return body !== undefined && saysTheSame(body, bytes)
  }

  #add(arrival: Arrival, known: Contribution | undefined): Stored {
    const { object, versioned, at, content, bytes } = arrival
    const { limit, unmarked, markings, collection, operator, contributor } = this.#rules
    const embargo = this.#heldWith(known)
    const tlp = strictest(tlpOf(object, markings.isKnown, unmarked), limit)
    const id = this.#app.ids.next()
    const own = known ?? this.#begin(id, object.id, at === undefined)
    const isNewest = at === undefined || own.drafts.every(({ version }) => version.version_at < at)
    const version: Version = {
      id,
      contribution_id: own.id,
      organisation_id: contributor,
      object_id: object.id,
      type: object.type,
      versioned: at !== undefined,
      version: versioned ?? '',
      version_at: at ?? NOT_YET,
      tlp,
      audience: COMMUNITY.includes(tlp) ? (embargo ?? markings.groupsOf(object)[0] ?? collection) : (contributor ?? operator),
      revoked: object.revoked ?? false,
      shown_with: shownWith(object),
      content,
      block_id: '',
      start: 0,
      size: bytes.length,
      oldest: false,
      newest: false,
      open: false,
      leads: false,
      contributed_at: 0,
      shown_since: null,
    }
    const draft: Draft = { version, isNew: true, turn: this.additions.length, feeds: [], open: false }
    own.drafts.push(draft)
    own.count++
    this.#note(version)
    this.#bodies.set(id, bytes)
    const result: Stored = { outcome: 'added', version: version.version, newest: isNewest, tlp }
    this.additions.push({ draft, arrival, result })
    return result
  }

  /** A contribution has the id of the version that began it. */
  #begin(id: string, object: string, isObservable: boolean): Contribution {
    const stored = { wasOpen: false, wasLeading: false, wasFor: undefined, open: false, leads: false, contributedAt: undefined, shownSince: null }
    const begun = {
      id,
      object,
      organisation: this.#rules.contributor,
      isObservable,
      count: 0,
      drafts: [],
      whole: true,
      ...stored,
    }
    this.#own.set(object, begun)
    return begun
  }

  /** Where a version is looked up: by when it was changed, and by what it says. */
  #note(version: Version): void {
    if (!version.versioned) this.#versions.set(`${version.contribution_id} ${version.content.toString('hex')}`, version)
    else this.#versions.set(`${version.contribution_id} ${version.version_at}`, version)
  }
}

/** What a relationship, a sighting, or what is said about objects or of which it consists points at (V11): those of observed data, the one that is translated. */
function shownWith(object: Arrival['object']): string[] {
  const names = POINTING.get(object.type)
  return names === undefined ? [] : [...new Set(names.flatMap((name) => (object[name] ?? []) as string | string[]))]
}

/** A map: the names of types are the sender's, and an object has some names of its own, such as `constructor`. */
const POINTING: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    relationship: ['source_ref', 'target_ref'],
    sighting: ['sighting_of_ref', 'observed_data_refs', 'where_sighted_refs'],
    report: ['object_refs'],
    grouping: ['object_refs'],
    note: ['object_refs'],
    opinion: ['object_refs'],
    'observed-data': ['object_refs'],
    'language-content': ['object_ref'],
  }),
)
