import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
import { staffNames } from '#program/embargo/end-store.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import { unseal } from '#program/embargo/sealed.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { findNewestVersion } from '#program/packages/store.ts'
import type { ClockView, DisclosureList } from '#program/reporting/contract.ts'
import { dueAt, FILING_STEPS, type ClockFacts } from '#program/reporting/deadlines.ts'
import { listClocks, listCorrections, listFilings, type ClockId, type StoredClock, type StoredFiling } from '#program/reporting/store.ts'

type View = z.input<typeof ClockView>

/** Clocks of the actor's operator, those that run first. */
export function listRegulatoryClocks(app: App, actor: OperatorActor): Promise<View[]> {
  return app.db.read(actor, async (tx) => showClocks(app, tx, actor, await listClocks(tx, { operator: actor.operator })))
}

export async function showClock(app: App, tx: Tx, actor: OperatorActor, id: ClockId): Promise<View> {
  const clocks = (await listClocks(tx, { operator: actor.operator })).filter((clock) => clock.id === id)
  return (await showClocks(app, tx, actor, clocks))[0]!
}

/** What the deadlines of a clock count from. */
export function factsOfClock(clock: StoredClock, filings: readonly StoredFiling[]): ClockFacts {
  return {
    awarenessAt: clock.awareness_at,
    final: { days: clock.final_days, from: clock.final_from },
    correctiveAt: clock.corrective_at ?? undefined,
    notifiedAt: filings.find(({ step }) => step === 'notification')?.filed_at,
  }
}

async function showClocks(app: App, tx: Tx, { roles }: OperatorActor, clocks: readonly StoredClock[]): Promise<View[]> {
  const ids = clocks.map(({ id }) => id)
  const filings = await listFilings(tx, ids)
  const corrections = await listCorrections(tx, ids)
  const people = [...clocks.map((one) => one.started_by), ...filings.map((one) => one.recorded_by), ...corrections.map((one) => one.proposed_by)]
  const names = await staffNames(tx, people)
  const who = (id: PersonId) => ({ id, name: names.get(id) ?? '' })
  const reads = staffMayRead(roles, 'bulletin')
  return clocks.map((clock) => {
    const own = filings.filter((filing) => filing.clock_id === clock.id)
    const correction = corrections.find((one) => one.clock_id === clock.id)
    const facts = factsOfClock(clock, own)
    return {
      id: clock.id,
      cve: reads ? unseal(app, 'regulatory_clock.cve', clock.id, clock.cve) : null,
      basis: clock.basis,
      evidence: reads ? unseal(app, 'regulatory_clock.evidence', clock.id, clock.evidence) : null,
      awarenessAt: clock.awareness_at,
      final: facts.final,
      correctiveAt: clock.corrective_at,
      started: { by: who(clock.started_by), at: clock.started_at },
      closedAt: clock.closed_at,
      deadlines: FILING_STEPS.map((step) => ({
        step,
        dueAt: dueAt(facts, step) ?? null,
        filedAt: own.find((filing) => filing.step === step)?.filed_at ?? null,
      })),
      filings: own.map((filing) => showFiling(app, filing, who(filing.recorded_by), reads)),
      correction: correction
        ? {
            awarenessAt: correction.awareness_at,
            reason: reads ? unseal(app, 'awareness_correction.reason', correction.id, correction.reason) : null,
            proposed: { by: who(correction.proposed_by), at: correction.proposed_at },
          }
        : null,
    }
  })
}

function showFiling(app: App, filing: StoredFiling, by: { id: string; name: string }, reads: boolean): View['filings'][number] {
  const { id, step, recipient, filed_at: filedAt } = filing
  return {
    id,
    step,
    recipient,
    filedAt,
    reference: reads ? unseal(app, 'regulatory_filing.reference', id, filing.reference) : null,
    said: reads ? unseal(app, 'regulatory_filing.said', id, filing.said) : null,
    recorded: { by, at: filing.recorded_at },
  }
}

/** Whom a package of the actor's operator was disclosed to outside the membership. Throws NOT_FOUND. */
export function listDisclosures(app: App, actor: OperatorActor, id: PackageId): Promise<z.input<typeof DisclosureList>['items']> {
  return app.db.read(actor, async (tx) => {
    const version = await findNewestVersion(tx, actor.operator, id)
    if (!version) throw new Problem('NOT_FOUND')
    const clocks = await listClocks(tx, { operator: actor.operator, tags: version.cve_tags ?? [] })
    return (await showClocks(app, tx, actor, clocks)).flatMap(({ cve, filings }) => filings.map(({ said: _said, ...filing }) => ({ ...filing, cve })))
  })
}
