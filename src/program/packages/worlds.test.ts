import { randomBytes, randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { sealText } from '#platform/crypto/seal-text.ts'
import { endedAtOf } from '#program/embargo/ended-at.ts'
import { DUTY_TO_REPORT, heldVersion, NO_CEILING, type ContactReader } from '#program/embargo/may-read.ts'
import { TIERS } from '#program/membership/contract.ts'
import { fixHistory, type MemberStanding } from '#program/membership/standing/standing.ts'
import type { Standing } from '#program/packages/contact-reader.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { PACKAGE_STATES, PackageSummary } from '#program/packages/contract.ts'
import { knownToContact } from '#program/packages/known-version.ts'
import { pageOf, type Source } from '#program/packages/list-packages.ts'
import type { VersionForContact } from '#program/packages/store.ts'

/**
 * Random worlds with one package, each beside the same world without it: through everything between the rows of the database and
 * the bytes of the list. VEDETTE_WORLDS sets how many, VEDETTE_WORLDS_SEED which.
 */
const WORLDS = Number(process.env['VEDETTE_WORLDS'] ?? 100_000)
const SEED = Number(process.env['VEDETTE_WORLDS_SEED'] ?? randomInt(2 ** 31))

const app = { keys: { master: randomBytes(32), masterId: 'test' } } as unknown as Parameters<typeof pageOf>[0]
const OPERATOR = 'operator' as OperatorId
const MEMBER = 'organisation' as OrganisationId
const MINUTE = 60_000
const DAY = 86_400_000
const RELEASE = Date.parse('2026-12-08T18:00:00Z')
const WINDOWS = { validate: RELEASE - 14 * DAY, advance: RELEASE - 5 * DAY, entry: RELEASE - DAY } as const
const LONG_BEFORE = new Date(RELEASE - 400 * DAY)
const TAG = Buffer.alloc(16, 7)
const HASH = Buffer.alloc(32, 1)
const idOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}` as PackageId
const SECRET = idOf(5)

/** Small and seeded, so that a world that fails can be made again. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const summaries = new Map<PackageId, Buffer>()
for (let n = 0; n < 10; n++) {
  const summary = { title: `Title ${n}`, bulletin: `bulletin-${n}`, cves: [`CVE-2026-${10_000 + n}`], tlp: 'AMBER', validateParts: [], finderAgrees: true }
  const place = { purpose: 'package summary', context: [idOf(n), '1', HASH.toString('hex')] }
  summaries.set(idOf(n), sealText(app.keys, place, JSON.stringify(summary)))
}

interface World {
  readonly now: Date
  readonly facts: Omit<ContactReader, 'contact'> & { readonly contact: Omit<ContactReader['contact'], 'needToKnow' | 'holds'> }
  readonly ends: Standing['ends']
  readonly secret: VersionForContact
  readonly others: readonly VersionForContact[]
  readonly limit: number
}

function worldOf(roll: () => number): World {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(roll() * choices.length)]!
  const mostly = <T>(usual: T, ...others: readonly T[]): T => (roll() < 0.9 ? usual : pick(...others))
  const around = (instant: number) => instant + pick(-DAY, -MINUTE, -1, 0, 1, MINUTE, DAY)
  const now = around(pick(WINDOWS.validate, WINDOWS.advance, WINDOWS.entry, RELEASE))
  const tier = pick(...TIERS)
  const ceiling = () => mostly(NO_CEILING, DUTY_TO_REPORT, DUTY_TO_REPORT, undefined)
  const [entity, place] = [ceiling(), ceiling()]
  const state = mostly<MemberStanding['state']>('active', 'suspended', 'paused', 'terminated')
  const until = mostly(null, new Date(around(now)))
  const earlier = mostly<MemberStanding | undefined>(undefined, {
    since: LONG_BEFORE,
    tier: pick(...TIERS),
    state: mostly<MemberStanding['state']>('active', 'suspended'),
    until: null,
    ceiling: ceiling(),
    bridges: false,
  })
  const since = earlier ? new Date(around(pick(WINDOWS.validate, WINDOWS.advance, now))) : LONG_BEFORE
  const row = (id: PackageId): VersionForContact => {
    const received = roll() < 0.2
    return {
      package_id: id,
      version: 1,
      operator_id: mostly(OPERATOR, 'another' as OperatorId),
      state: mostly(pick('scheduled', 'released'), ...PACKAGE_STATES),
      content_object: id as never,
      content_hash: HASH,
      cve_tags: mostly([TAG], null, []),
      unnamed_cves: mostly(false, true, null),
      summary: summaries.get(id)!,
      contributors: [],
      source: null,
      source_object: null,
      submitted_by: null,
      submitted_at: null,
      approved_hash: mostly(HASH, null, Buffer.alloc(32, 2)),
      approved_by: null,
      approved_at: null,
      ...(roll() < 0.97
        ? {
            release_id: id as never,
            instant: new Date(RELEASE),
            zone: 'America/Los_Angeles',
            rule: 'update-tuesday@1',
            calendar: null,
            validate_at: new Date(WINDOWS.validate),
            advance_at: new Date(WINDOWS.advance),
            entry_at: new Date(WINDOWS.entry),
          }
        : { release_id: null }),
      scheduled_by: null,
      scheduled_at: mostly(LONG_BEFORE, null, new Date(around(now))),
      superseded_at: mostly(new Date(now), null, new Date(WINDOWS.entry)),
      updated_at: LONG_BEFORE,
      covered: mostly(true, false),
      held: received || roll() < 0.2,
      received_at: received ? new Date(now - 1) : null,
      received_parts: received ? ['description', 'bulletin'] : null,
      held_parts: received ? ['description', 'bulletin'] : [],
    }
  }
  return {
    now: new Date(now),
    facts: {
      kind: 'contact',
      contact: {
        organisation: MEMBER,
        active: mostly(true, false),
        proofOfConcept: roll() < 0.5,
        keyUntil: mostly(new Date(RELEASE + 900 * DAY), undefined, new Date(around(now))),
      },
      membership: { organisation: MEMBER, operator: OPERATOR, tier, state, since, until, reachable: mostly(true, false) },
      agreement: mostly([{ version: 1, sha256: 'text', acceptBy: LONG_BEFORE, countersignedAt: mostly(LONG_BEFORE, undefined, new Date(around(now))) }], []),
      jurisdiction: { entity, contact: place },
      history: fixHistory({
        member: [...(earlier ? [earlier] : []), { since, tier, state, until, ceiling: entity, bridges: false }],
        place: [{ since: LONG_BEFORE, ceiling: place }],
      }),
    },
    ends: roll() < 0.15 ? [{ tag: TAG.toString('hex'), at: new Date(around(now)) }] : [],
    secret: row(SECRET),
    others: [idOf(9), idOf(2)].slice(0, Math.floor(roll() * 3)).map(row),
    limit: pick(1, 2, 100),
  }
}

/** What the member is sent, with the cursor as the place that it names. */
async function listed({ facts, ends, now, limit }: World, rows: readonly VersionForContact[]): Promise<string> {
  const standing = {
    operator: OPERATOR,
    ends,
    readerOf: ({ package: id, version, covered, held }: Parameters<Standing['readerOf']>[0]): ContactReader => ({
      ...facts,
      contact: { ...facts.contact, needToKnow: new Set(covered ? [id] : []), holds: new Set(held ? [heldVersion(id, version)] : []) },
    }),
  } as unknown as Standing
  const source: Source = {
    next: async (most, position) =>
      rows
        .filter(({ package_id: id }) => position === undefined || id < position[0])
        .slice(0, most)
        .map((row) => ({ row, known: knownToContact(app, [standing], row, now) })),
  }
  const { items, next } = await pageOf(app, source, { limit })
  return JSON.stringify([items.map((item) => PackageSummary.parse(item)), next !== null])
}

const newestFirst = (rows: readonly VersionForContact[]) => rows.toSorted((one, other) => (one.package_id < other.package_id ? 1 : -1))

/** What closes the package for certain, said a second time and in other words than the predicate's; undefined: it may be open. */
function closedBy({ facts, ends, secret, now }: World): string | undefined {
  const { contact, membership, agreement, jurisdiction } = facts
  const at = now.getTime()
  if (secret.operator_id !== OPERATOR) return 'operator'
  if (!['scheduled', 'released', 'withdrawn', ...(secret.held ? ['superseded'] : [])].includes(secret.state)) return 'state'
  if (!secret.approved_hash?.equals(HASH) || secret.release_id === null || secret.scheduled_at === null) return 'approval'
  if (!secret.covered || !contact.active || !contact.keyUntil || contact.keyUntil.getTime() <= at) return 'contact'
  const { tier, state, since, until, reachable } = membership!
  if (state !== 'active' || !reachable || since.getTime() > at || (until !== null && until.getTime() <= at)) return 'membership'
  if (!agreement.some(({ countersignedAt }) => countersignedAt && countersignedAt.getTime() <= at)) return 'agreement'
  const ceilings = [jurisdiction.entity, jurisdiction.contact]
  if (ceilings.includes(undefined)) return 'jurisdiction'
  if (tier === 'responder') return 'tier'
  if (secret.scheduled_at.getTime() > at) return 'not scheduled yet'
  const ended = endedAtOf(secret, ends)
  if (ended && ended.getTime() <= at) return undefined
  return at < (ceilings.includes(DUTY_TO_REPORT) ? RELEASE : WINDOWS[tier]) ? 'not open yet' : undefined
}

/** Closed worlds in which the package shows, of so many; `change` is what a faulty program would see instead of the world. */
async function leaks(count: number, change: (world: World) => World = (world) => world) {
  const roll = dice(SEED)
  const seen = { leaks: 0, closed: 0, shown: 0, reasons: new Set<string>() }
  for (let n = 0; n < count; n++) {
    const world = worldOf(roll)
    const reason = closedBy(world)
    // Of the open ones it is enough to see that their package shows.
    if (reason === undefined && n % 10 > 0) continue
    const asked = change(world)
    const differs = (await listed(asked, newestFirst([asked.secret, ...asked.others]))) !== (await listed(asked, newestFirst(asked.others)))
    if (differs) seen.shown++
    if (reason === undefined) continue
    seen.closed++
    seen.reasons.add(reason)
    if (differs) seen.leaks++
  }
  return seen
}

describe(`a world with a closed package (seed ${SEED})`, () => {
  it(`is byte for byte the world without it, ${WORLDS} times`, { timeout: 600_000 }, async () => {
    const seen = await leaks(WORLDS)
    expect(seen.leaks).toBe(0)
    // The worlds are of both kinds, closed by each thing, and open packages show.
    expect(seen.reasons.size).toBe(10)
    expect(seen.closed).toBeGreaterThan(WORLDS / 3)
    expect(seen.shown).toBeGreaterThan(WORLDS / 200)
  })

  it.each<[what: string, change: (world: World) => World]>([
    ['whose clock is a minute ahead', (world) => ({ ...world, now: new Date(world.now.getTime() + MINUTE) })],
    ['that believes the state of the row', (world) => (world.secret.state === 'released' ? { ...world, now: new Date(RELEASE + 9 * DAY) } : world)],
    [
      'that forgets the jurisdiction',
      (world) => ({ ...world, facts: { ...world.facts, jurisdiction: { entity: NO_CEILING, contact: NO_CEILING }, history: forgetful(world) } }),
    ],
    ['that takes need to know for granted', (world) => ({ ...world, secret: { ...world.secret, covered: true } })],
    ['that does not ask for the approval of these bytes', (world) => ({ ...world, secret: { ...world.secret, approved_hash: HASH } })],
  ])('would not be so in a program %s', async (_, change) => {
    expect((await leaks(2000, change)).leaks).toBeGreaterThan(0)
  })
})

const forgetful = ({ facts }: World) =>
  fixHistory({ member: facts.history.member.map((one) => ({ ...one, ceiling: NO_CEILING })), place: [{ since: LONG_BEFORE, ceiling: NO_CEILING }] })
