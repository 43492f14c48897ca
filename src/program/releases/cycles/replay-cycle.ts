import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { parseLeaf } from '#platform/audit/leaf.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { idSchema, type OrganisationId, type PersonId } from '#platform/ids.ts'
import type { EmbargoEnd } from '#program/embargo/ended-at.ts'
import { mayRead, opensAt, type ReadableVersion } from '#program/embargo/may-read.ts'
import { oneAtATime } from '#program/one-at-a-time.ts'
import { findReaders, type MemberReader } from '#program/packages/contact-reader.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { openSummary } from '#program/packages/content-summary.ts'
import { PARTS, type Part } from '#program/packages/contract.ts'
import { listHistory, type PastVersion } from '#program/packages/history-store.ts'
import { factsOf } from '#program/packages/known-version.ts'
import type { ReplayView } from '#program/releases/cycles/contract.ts'
import { disagreements, ruleOf, type Disagreement, type Plain } from '#program/releases/cycles/replay.ts'
import { listCycleReceipts, listCycleVersions, listDecisionLeaves, type CycleReceipt, type CycleVersion } from '#program/releases/cycles/store.ts'
import { findCycle } from '#program/releases/moves/cycle-store.ts'

type View = z.input<typeof ReplayView>
type Difference = View['differences'][number]
const inTurn = oneAtATime(3)

/** Most differences that are told one by one. */
const MOST = 1000

/** What a leaf of a delivery says. */
const Delivery = z.object({
  version: z.number().int(),
  parts: z.array(z.enum(PARTS)).optional(),
  part: z.enum(PARTS).optional(),
  evidence: z.looseObject({ rule: z.string(), now: z.iso.datetime() }),
})
interface Decision {
  readonly leaf: number
  readonly receipt: string | undefined
  readonly person: PersonId
  readonly organisation: OrganisationId
  readonly package: PackageId
  readonly version: number
  readonly parts: readonly Part[]
  readonly evidence: Plain
  readonly at: Date
}

/**
 * Runs a cycle again under the rules of its time: every recorded decision about its versions from its own evidence, and each from the
 * stored history as well; and for every contact when each version opened. Nothing is written. Throws NOT_FOUND for a release on which
 * nothing was written down yet, and RATE_LIMITED while others wait for the same.
 */
export function replayCycle(app: App, actor: OperatorActor, key: string): Promise<View> {
  return inTurn(() => app.db.snapshot(actor, (tx) => replayIn(app, tx, actor, key)))
}

async function replayIn(app: App, tx: Tx, { operator }: OperatorActor, key: string): Promise<View> {
  const cycle = await findCycle(tx, operator, key)
  if (!cycle) throw new Problem('NOT_FOUND')
  const at = app.clock.now()
  const rows = await listCycleVersions(tx, operator, cycle)
  const packages = [...new Set(rows.map(({ package_id: id }) => id))]
  const receipts = (await listCycleReceipts(tx, operator, packages)).filter(isOf(rows))
  const decisions = (await listDecisionLeaves(tx, operator, packages)).flatMap(decisionOf).filter((one) => rows.some((row) => isSame(row, one)))
  const past = await pastOf(app, tx, operator, rows)
  const readers = await tx.asSystem(() => findReaders(app, tx, operator, { now: at, past: true }))
  const differences = [...unmatched(receipts, decisions), ...(await tx.asSystem(() => decideAgain(app, tx, { operator, decisions, receipts, past })))]
  return {
    release: key,
    at,
    versions: rows.length,
    contacts: readers.length,
    receipts: receipts.length,
    decisions: countBy(decisions.map(({ evidence }) => ruleOf(evidence))),
    openings: rows.map((row) => openingsOf(row, past, readers, at)),
    differences: differences.slice(0, MOST),
  }
}

interface Again {
  readonly operator: OperatorActor['operator']
  readonly decisions: readonly Decision[]
  readonly receipts: readonly CycleReceipt[]
  readonly past: Past
}

async function decideAgain(app: App, tx: Tx, { operator, decisions, receipts, past }: Again): Promise<Difference[]> {
  const found: Difference[] = []
  for (const decision of decisions) {
    const { person, organisation, at, parts, evidence } = decision
    const [reader] = await findReaders(app, tx, operator, { now: at, past: true, only: { person, organisation } })
    const held = receipts.some((one) => one.organisation_id === organisation && isSame(one, decision) && one.received_at < at)
    const version = past.at(decision, at, reader?.ends ?? [])
    const delivery = { at, parts, evidence, version, reader: reader && past.readerOf(reader, decision, held) }
    for (const one of disagreements(delivery)) found.push(named(one, decision, nameOf(receipts, person), decision.leaf))
  }
  return found
}

/** Receipts that no leaf tells of or tells otherwise, and leaves of which there is no receipt. */
function unmatched(receipts: readonly CycleReceipt[], decisions: readonly Decision[]): Difference[] {
  const first = new Map<string, Decision>()
  for (const decision of decisions) if (decision.receipt !== undefined && !first.has(decision.receipt)) first.set(decision.receipt, decision)
  const ids = new Set<string>(receipts.map(({ id }) => id))
  const lost = decisions.filter(({ receipt }) => receipt === undefined || !ids.has(receipt))
  return [
    ...receipts.flatMap((receipt): Difference[] => {
      const decision = first.get(receipt.id)
      const what = { package: receipt.package_id, version: receipt.version, at: receipt.received_at }
      if (!decision) return [named({ kind: 'no-leaf', recorded: 'a receipt', found: 'no leaf' }, what, receipt, null)]
      if (decision.at.getTime() === receipt.received_at.getTime()) return []
      const times = { recorded: decision.at.toISOString(), found: receipt.received_at.toISOString() }
      return [named({ kind: 'facts', ...times }, what, receipt, decision.leaf)]
    }),
    ...lost.map((decision) =>
      named({ kind: 'no-receipt', recorded: 'a leaf', found: 'no receipt' }, decision, nameOf(receipts, decision.person), decision.leaf),
    ),
  ]
}

type Of = { readonly package: string; readonly version: number; readonly at: Date }
type Named = { readonly person_id: PersonId; readonly person_name: string }
function named(one: Disagreement, { package: id, version, at }: Of, who: Named, leaf: number | null): Difference {
  return { ...one, package: id, version, person: { id: who.person_id, name: who.person_name }, at, leaf }
}

function nameOf(receipts: readonly CycleReceipt[], person: PersonId): Named {
  return { person_id: person, person_name: receipts.find((one) => one.person_id === person)?.person_name ?? '' }
}

function decisionOf({ index: leaf, body }: { index: number; body: Buffer }): Decision[] {
  const parsed = parseLeaf(body)
  const details = Delivery.safeParse(parsed?.details)
  const subject = idSchema<'package'>().safeParse(parsed?.subject)
  if (!parsed || !details.success || !subject.success || !parsed.actor.id || !parsed.actor.organisation) return []
  const { version, parts, part, evidence } = details.data
  const receipt = parsed.binds.find(({ table }) => table === 'receipt')?.key['id']
  const who = { person: parsed.actor.id as PersonId, organisation: parsed.actor.organisation as OrganisationId }
  const given = parts ?? (part ? [part] : [])
  return [{ leaf, receipt, ...who, package: subject.data, version, parts: given, evidence: evidence as Plain, at: new Date(evidence.now) }]
}

/** Versions as the history has them. */
interface Past {
  at(which: Which, at: Date, ends: readonly EmbargoEnd[]): ReadableVersion | undefined
  readerOf(reader: MemberReader, which: Which, held: boolean): ReturnType<MemberReader['readerOf']>
}
type Which = { readonly package: PackageId; readonly version: number }

async function pastOf(app: App, tx: Tx, operator: OperatorActor['operator'], rows: readonly CycleVersion[]): Promise<Past> {
  const history = new Map<PackageId, PastVersion[]>()
  for (const { package_id: id } of rows) if (!history.has(id)) history.set(id, await listHistory(tx, operator, id))
  const summaries = new Map(rows.map((row) => [row, openSummary(app, { package: row.package_id, version: row.version }, row.content_hash, row.summary)]))
  const rowOf = (which: Which) => rows.find((row) => isSame(row, which))
  return {
    at: (which, at, ends) => {
      const row = rowOf(which)
      const then = history.get(which.package)?.findLast((one) => one.version === which.version && one.at <= at)
      return row && then && factsOf({ ...row, ...then }, summaries.get(row)!, ends)
    },
    readerOf: ({ tags, readerOf }, which, held) => {
      const products = new Set(rowOf(which)?.product_tags.map((tag) => tag.toString('hex')))
      return readerOf({ ...which, covered: tags === undefined || tags.some((tag) => products.has(tag.toString('hex'))), held })
    },
  }
}

function openingsOf(row: CycleVersion, past: Past, readers: readonly MemberReader[], now: Date): View['openings'][number] {
  const which = { package: row.package_id, version: row.version }
  const facts = past.at(which, now, readers[0]?.ends ?? [])
  const opened = readers.flatMap((member) => {
    const reader = past.readerOf(member, which, row.receipts > 0)
    const opens = facts && mayRead(reader, facts, 'existence', now).read ? opensAt(reader, facts, 'existence', now) : undefined
    return opens === undefined ? [] : [opens]
  })
  const instant = (ms: number) => (opened.length > 0 ? new Date(ms) : null)
  return { ...which, contacts: opened.length, first: instant(Math.min(...opened)), last: instant(Math.max(...opened)) }
}

function isOf(rows: readonly CycleVersion[]) {
  return (receipt: CycleReceipt) => rows.some((row) => row.package_id === receipt.package_id && row.version === receipt.version)
}

function isSame(row: { readonly package_id: PackageId; readonly version: number }, which: Which): boolean {
  return row.package_id === which.package && row.version === which.version
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
