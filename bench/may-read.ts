import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { NO_CEILING, mayRead, type ContactReader, type ReadableVersion } from '#program/embargo/may-read.ts'
import type { Tier } from '#program/membership/contract.ts'
import { fixHistory, type MemberStanding } from '#program/membership/standing/standing.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { PARTS } from '#program/packages/contract.ts'
import { PRESETS } from '#program/releases/programme.ts'
import { releasesBetween } from '#program/releases/release.ts'
import { figure } from './figure.ts'

/**
 * CPU time of one decision of the embargo's predicate over mixed readers, versions, parts and instants, so
 * that no branch is always the same one; and what deciding over every version costs one member.
 */
const READERS = 2000
const VERSIONS = 50_000
/** Versions that a reader is asked about: three of four are known to it. */
const ASKED = 2667
const DECISIONS = 2_000_000
/** Versions on a page of a list. */
const PAGE = 100

const operator = 'operator-1' as OperatorId
const releases = releasesBetween({ year: 2026, month: 1 }, { year: 2040, month: 12 }, PRESETS.federal)
const packages = Array.from({ length: VERSIONS }, (_, at) => `package-${at}` as PackageId)
const versions = packages.map(version)
const instants = Array.from({ length: 1024 }, (_, at) => new Date(Date.parse('2026-01-01T00:00:00Z') + at * 5 * 86_400_000))

for (const standings of [1, 5, 20]) {
  const readers = Array.from({ length: READERS }, (_, at) => reader(at, standings))
  for (const [what, each] of [
    [`as lists ask: ${PAGE} versions of a member after another`, PAGE],
    ['every decision about another reader, version and instant', 1],
  ] as const) {
    decide(readers, 200_000, each)
    const { read, ns } = decide(readers, DECISIONS, each)
    figure(`mayRead, readers of ${standings} standings, ${what}`, ns, 'ns CPU per decision')
    figure('of these granted', (100 * read) / DECISIONS, '%')
  }
}
const one = reader(0, 5)
const all = cpu(() => versions.filter((each) => mayRead(one, each, 'existence', instants[500]!).read).length)
figure(`one member over all ${VERSIONS.toLocaleString('en')} versions`, all.ns / 1e6, 'ms CPU')

/** `each` versions in a row are asked about for one reader at one instant. */
function decide(readers: readonly ContactReader[], count: number, each: number): { read: number; ns: number } {
  const { result, ns } = cpu(() => {
    let read = 0
    for (let at = 0; at < count; at++) {
      const asks = Math.floor(at / each)
      // Odd strides visit every combination in an order that no branch predictor learns.
      const decision = mayRead(readers[(asks * 7919) % READERS]!, versions[(at * 104_729) % ASKED]!, PARTS[at % PARTS.length]!, instants[(asks * 613) % 1024]!)
      if (decision.read) read++
    }
    return read
  })
  return { read: result, ns: ns / count }
}

function cpu<T>(work: () => T): { result: T; ns: number } {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return { result, ns: (user + system) * 1000 }
}

function version(id: PackageId, at: number): ReadableVersion {
  const hash = String(at).padStart(64, '0')
  return {
    package: id,
    version: 1,
    operator,
    state: at % 10 === 0 ? 'draft' : at % 3 === 0 ? 'released' : 'scheduled',
    contentHash: hash,
    approvedHash: hash,
    release: releases[at % releases.length],
    scheduledAt: new Date(0),
    // One of twenty ended early, ten days before its release.
    endedAt: at % 20 === 7 ? new Date(releases[at % releases.length]!.instant.getTime() - 10 * 86_400_000) : undefined,
    validateParts: [],
  }
}

/** A member that changed its standing so many times, a year or less apart. */
function reader(at: number, standings: number): ContactReader {
  const organisation = `organisation-${at}` as OrganisationId
  const tier = (['advance', 'entry', 'validate', 'responder'] as Tier[])[at % 4]!
  const since = new Date('2020-01-01T00:00:00Z')
  return {
    kind: 'contact',
    contact: {
      organisation,
      active: at % 50 !== 1,
      needToKnow: new Set(packages.filter((_, index) => index % 4 !== at % 4).slice(0, at === 0 ? VERSIONS : 2000)),
      proofOfConcept: at % 2 === 0,
      holds: new Set(),
      keyUntil: new Date('2040-01-01T00:00:00Z'),
    },
    membership: { organisation, operator, tier, state: 'active', since, until: null, reachable: true },
    agreement: [{ version: 1, sha256: 'text', acceptBy: since, countersignedAt: since }],
    jurisdiction: { entity: NO_CEILING, contact: NO_CEILING },
    history: fixHistory({
      member: Array.from({ length: standings }, (_, n): MemberStanding => {
        const last = n === standings - 1
        const began = n === 0 ? since : new Date(since.getTime() + n * 100 * 86_400_000)
        return { since: began, tier: last || n % 2 === 0 ? tier : 'entry', state: 'active', until: null, ceiling: NO_CEILING, bridges: false }
      }),
      place: [{ since, ceiling: NO_CEILING }],
    }),
  }
}
