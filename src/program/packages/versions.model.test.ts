import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { confirmDecision } from '#program/packages/decisions/confirm-decision.ts'
import { proposeDecision } from '#program/packages/decisions/propose-decision.ts'
import type { DecisionId } from '#program/packages/decisions/store.ts'
import { showHolders } from '#program/packages/holders/list-holders.ts'
import { readPackage } from '#program/packages/list-packages.ts'
import { receivePackage } from '#program/packages/receive-package.ts'
import { markReleased } from '#program/packages/released/mark-released.ts'
import { approvePackage, returnPackage, submitPackage } from '#program/packages/review-package.ts'
import { revisePackage } from '#program/packages/revisions/revise-package.ts'
import { showDifferences } from '#program/packages/revisions/show-differences.ts'
import { showVersions } from '#program/packages/revisions/list-versions.ts'
import { schedulePackage } from '#program/packages/schedule-package.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, ok, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'

const BEGIN = '2026-11-23T12:00:00.000Z'
const JANUARY = { release: '2027-01-12T18:00:00.000Z', advance: '2027-01-07T18:00:00.000Z', entry: '2027-01-11T18:00:00.000Z' } as const
const INSTANTS = [BEGIN, DECEMBER.advance, DECEMBER.entry, DECEMBER.release, '2026-12-10T00:00:00.000Z', JANUARY.advance, JANUARY.entry, JANUARY.release]
type Window = 'advance' | 'entry' | 'release'

/** A contact, and from when a release opens to it; undefined where nothing ever does. */
interface Reader {
  readonly actor: ContactActor
  readonly opens: Window | undefined
}

/** What is known of a version without asking the program: what was done with it, and when. */
interface ModelVersion {
  state: string
  release: { readonly release: string; readonly advance: string; readonly entry: string } | undefined
  scheduledAt: string
  /** People who received it. */
  readonly received: Set<string>
}

const STEPS = ['on', 'revise', 'submit', 'return', 'approve', 'schedule', 'schedule-later', 'defer', 'pull', 'withdraw', 'receive', 'time', 'mark'] as const
/** The step that leads on from a state. */
const ONWARD: Readonly<Record<string, (typeof STEPS)[number]>> = {
  draft: 'submit',
  'in-review': 'approve',
  approved: 'schedule',
  deferred: 'schedule-later',
  scheduled: 'revise',
  released: 'revise',
}
interface Step {
  readonly step: (typeof STEPS)[number]
  readonly who: number
  readonly which: number
  readonly alone: boolean
}

/** Whatever people do with versions, one after another, nobody sees one that they were not entitled to, and the holders are exact (I14). */
describe('any sequence of steps with the versions of a package', () => {
  let test: TestApp
  let a: SeededOperator
  let second: OperatorActor
  let readers: Reader[]

  beforeAll(async () => {
    test = await testApp()
    const [own, foreign] = await seedPeople(test.app)
    a = own
    second = (await seedStaff(test.app, a.id, 'publisher', 'Second publisher')).actor
    const [late, restricted] = [await seedMember(test.app, a.id, 'entry'), await seedMember(test.app, a.id, 'restricted')]
    await entitle(test.app, a, a.vendor, a.vendor.people.analyst)
    await entitle(test.app, a, a.vendor, a.vendor.people.reader)
    await entitle(test.app, a, late, late.people.analyst, { tier: 'entry' })
    await entitle(test.app, a, restricted, restricted.people.analyst, { jurisdiction: 'duty-to-report@1' })
    await entitle(test.app, foreign, foreign.vendor, foreign.vendor.people.analyst)
    readers = [
      { actor: a.vendor.people.analyst.actor, opens: 'advance' },
      { actor: a.vendor.people.reader.actor, opens: 'advance' },
      { actor: late.people.analyst.actor, opens: 'entry' },
      { actor: restricted.people.analyst.actor, opens: 'release' },
      { actor: a.vendor.people.admin.actor, opens: undefined },
      { actor: foreign.vendor.people.analyst.actor, opens: undefined },
    ]
  })
  afterAll(() => test.close())

  class Run {
    readonly id: PackageId
    readonly versions: ModelVersion[] = []
    done = 0
    tookPlace = 0
    constructor(id: PackageId) {
      this.id = id
      this.versions.push(fresh())
    }

    now = () => test.clock.now().toISOString()
    newest = () => this.versions.at(-1)!

    /** Whether a version is there for a reader, by the rules and by nothing that the program says. */
    sees({ actor, opens }: Reader, version: ModelVersion): boolean {
      if (opens === undefined || !version.release) return false
      const open = this.now() >= version.release[opens] && this.now() >= version.scheduledAt
      if (version.state === 'superseded') return open && this.heldBy(actor.organisation, version)
      return open && ['scheduled', 'released', 'withdrawn'].includes(version.state)
    }

    heldBy(organisation: string, { received }: ModelVersion): boolean {
      return readers.some(({ actor }) => actor.organisation === organisation && received.has(actor.person))
    }

    async take(step: Step): Promise<void> {
      const before = JSON.stringify(this.versions.map(({ state }) => state))
      try {
        await this.attempt(step)
        this.done++
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        expect(JSON.stringify(this.versions.map(({ state }) => state))).toBe(before)
        // What is refused leaves everything as it was: now and then that is looked at too.
        if (step.which % 4 > 0) return
      }
      await this.check(step)
    }

    private async attempt({ step: wanted, who, which, alone }: Step): Promise<void> {
      const step = wanted === 'on' ? (ONWARD[this.newest().state] ?? 'mark') : wanted
      const { author, reviewer, publisher } = a.people
      const n = (which % this.versions.length) + 1
      if (step === 'time') test.clock.set(INSTANTS.find((instant) => instant > this.now()) ?? this.now())
      if (step === 'mark') await this.mark()
      if (step === 'revise') await this.becomes(() => revisePackage(test.app, author.actor, this.id, { summary: 'Corrected' }), undefined, 'draft')
      if (step === 'submit') await this.becomes(async () => submitPackage(test.app, author.actor, this.id, await this.hash()), ['draft'], 'in-review')
      if (step === 'return') await this.back()
      if (step === 'approve') await this.becomes(async () => approvePackage(test.app, reviewer.actor, this.id, await this.hash()), ['in-review'], 'approved')
      if (step === 'schedule') await this.schedule(undefined)
      if (step === 'schedule-later') await this.schedule(JANUARY)
      if (step === 'defer' || step === 'pull' || step === 'withdraw') await this.decide(step, n, alone ? publisher.actor : second)
      if (step === 'receive') await this.receive(readers[who % readers.length]!, n)
    }

    private hash = async () => (await readPackage(test.app, a.people.author.actor, this.id)).contentHash!

    private async becomes(work: () => Promise<unknown>, from: readonly string[] | undefined, to: string): Promise<void> {
      await work()
      expect(from ?? ['scheduled', 'released', 'deferred']).toContain(this.newest().state)
      if (to === 'draft') this.versions.push(fresh())
      else this.newest().state = to
    }

    private async back(): Promise<void> {
      await returnPackage(test.app, a.people.author.actor, this.id)
      const version = this.newest()
      expect(['in-review', 'approved', 'deferred']).toContain(version.state)
      if (version.state === 'deferred') expect(version.received.size).toBe(0)
      this.versions[this.versions.length - 1] = fresh()
    }

    private async schedule(to: typeof JANUARY | undefined): Promise<void> {
      const [version, earlier] = [this.newest(), this.versions.at(-2)]
      const follows = version.state === 'approved' && earlier !== undefined && earlier.state !== 'deferred'
      const key = to?.release ?? (follows ? undefined : DECEMBER.release)
      await schedulePackage(test.app, a.people.publisher.actor, this.id, key)
      expect(['approved', 'deferred']).toContain(version.state)
      const release = follows ? earlier.release! : (to ?? DECEMBER)
      if (version.state === 'approved' && earlier) {
        expect(['scheduled', 'released', 'deferred']).toContain(earlier.state)
        earlier.state = 'superseded'
        this.tookPlace++
      }
      Object.assign(version, { state: follows && release.release <= this.now() ? 'released' : 'scheduled', release, scheduledAt: this.now() })
    }

    private async decide(act: 'defer' | 'pull' | 'withdraw', n: number, by: OperatorActor): Promise<void> {
      const { id } = await proposeDecision(test.app, a.people.publisher.actor, this.id, { version: n, act, reason: 'Agreed' })
      const version = this.versions[n - 1]!
      try {
        await confirmDecision(test.app, by, this.id, id as DecisionId)
      } catch (error) {
        // One person alone decides nothing; the second does.
        expect(error).toMatchObject({ code: 'SECOND_PERSON_NEEDED' })
        await confirmDecision(test.app, second, this.id, id as DecisionId)
      }
      const isPublic = version.release !== undefined && version.release.release <= this.now()
      expect({ defer: ['scheduled'], pull: ['scheduled', 'released', 'deferred'], withdraw: ['scheduled', 'released'] }[act]).toContain(version.state)
      if (act !== 'pull') expect(isPublic).toBe(act === 'withdraw')
      if (act === 'pull') for (const one of this.versions.slice(0, n)) if (one.state === 'superseded') one.state = 'pulled'
      version.state = { defer: 'deferred', pull: 'pulled', withdraw: 'withdrawn' }[act]
    }

    private async receive(reader: Reader, n: number): Promise<void> {
      const version = this.versions[n - 1]!
      const sees = this.sees(reader, version)
      const given = await receivePackage(test.app, reader.actor, { package: this.id, version: n }).then(
        () => true,
        () => false,
      )
      expect(given).toBe(sees)
      if (given) version.received.add(reader.actor.person)
    }

    private async mark(): Promise<void> {
      await markReleased(test.app)
      for (const version of this.versions) if (version.state === 'scheduled' && version.release!.release <= this.now()) version.state = 'released'
    }

    private async check({ who, which }: Step): Promise<void> {
      for (const reader of readers) {
        const expected = this.versions.flatMap((version, n) => (this.sees(reader, version) ? [`${n + 1} ${version.state}`] : [])).toReversed()
        expect(await lines(showVersions(test.app, reader.actor, this.id))).toEqual(expected)
      }
      await this.checkDifference(readers[who % readers.length]!, (which % this.versions.length) + 1)
      const { items } = await showHolders(test.app, a.people.tracer.actor, this.id)
      const held = this.versions.flatMap(({ received }, n) => [...received].map((person) => `${n + 1} ${person}`))
      expect(items.map(({ version, person }) => `${version} ${person.id}`).sort()).toEqual(held.sort())
    }

    /** Differences are for those who see both versions and received both. */
    private async checkDifference(reader: Reader, to: number): Promise<void> {
      const from = 1
      const shown = await showDifferences(test.app, reader.actor, this.id, { from, to }).then(
        () => true,
        () => false,
      )
      const both = [from, to].map((n) => this.versions[n - 1]!)
      expect(shown).toBe(both.every((version) => this.sees(reader, version) && version.received.has(reader.actor.person)))
    }
  }

  const fresh = (): ModelVersion => ({ state: 'draft', release: undefined, scheduledAt: '', received: new Set() })
  async function lines(list: ReturnType<typeof showVersions>): Promise<string[]> {
    try {
      return (await list).map(({ version, state }) => `${version} ${state}`)
    } catch (error) {
      if (error instanceof Problem && error.code === 'NOT_FOUND') return []
      throw error
    }
  }

  /** What gets somewhere is tried more often than what ends everything. */
  const weights: Partial<Record<Step['step'], number>> = { on: 16, receive: 8, time: 2, defer: 2 }
  const step: fc.Arbitrary<Step> = fc.record({
    step: fc.oneof(...STEPS.map((one) => ({ weight: weights[one] ?? 1, arbitrary: fc.constant(one) }))),
    who: fc.nat(20),
    which: fc.nat(20),
    alone: fc.boolean(),
  })

  it('I14: shows nobody a version that they were not entitled to, and lists holders exactly', async () => {
    let [done, superseded] = [0, 0]
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 18, maxLength: 24, size: 'max' }), async (steps) => {
        test.clock.set(BEGIN)
        const run = new Run(ok(await packageDesk(test).import(a.people.author, csafDocument())).id as PackageId)
        for (const first of ['submit', 'approve', 'schedule', 'time'] as const) await run.take({ step: first, who: 0, which: 0, alone: false })
        for (const one of steps) await run.take(one)
        done += run.done
        superseded += run.tookPlace
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
    // It gets somewhere: a walk that refuses everything would prove nothing.
    expect(done).toBeGreaterThan(RUNS * 9)
    expect(superseded).toBeGreaterThan(RUNS / 2)
  }, 120_000)
})

const RUNS = 8
