import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { stopwatch } from '#platform/clock/clock.ts'
import { Problem } from '#platform/errors.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { strictest } from '#exchange/stix/contract.ts'
import type { Ended } from '#scanner/jail/process.ts'
import type { Question, RuleRuns } from '#scanner/jail/rule-runs.ts'
import { findingsOf, markingOf } from '#scanner/rules/findings.ts'
import { ownRules } from '#scanner/rules/load-rules.ts'
import type { MatchAnswer } from '#scanner/rules/matches.ts'
import { notMatched, tooMany } from '#scanner/rules/not-matched.ts'
import { joinRules, type RuleSet } from '#scanner/rules/rule-set.ts'
import { addFindings } from '#scanner/verdict/add-findings.ts'
import type { ScanReport } from '#scanner/verdict/contract.ts'
import type { SetResult, SetResults } from '#scanner/yara-sets/results.ts'
import { byOwner, groupsOf, rulesFor, type StandingSet, type Subject } from '#scanner/yara-sets/rules-for.ts'
import { listStanding } from '#scanner/yara-sets/store.ts'

const ACTOR = system('submissions.scan')
/** Time in which all sets of one submission are matched; what is left then is said to be not matched. */
const MOST_MS = 180_000
const OUT_OF_TIME: Ended = { code: 'limit', limit: 'wall', detail: `more than ${MOST_MS / 1000} s for all rules` }

type Stored = StandingSet & { readonly source: ObjectId }

/** What is scanned. */
export interface Sampled {
  readonly subject: Subject
  readonly report: ScanReport
  readonly bytes: Buffer
}

type Said = MatchAnswer | Ended

/**
 * Matches the rules of Vedette, which everybody may know and whose findings go into the report, and the sets of the operator and its
 * members that may meet the submission, whose matches are kept apart. Where rules break the process that holds those of many owners,
 * or match more than is kept, each owner's are asked apart. Throws when `signal` fires; what a set costs or breaks is its result.
 */
export async function matchSets(app: App, runs: RuleRuns, { subject, report, bytes }: Sampled, signal: AbortSignal) {
  const spent = stopwatch()
  const rules = await ownRules()
  const sets: SetResult[] = []
  const match = async (group: readonly Stored[], more: readonly RuleSet[] = []): Promise<{ readonly said: Said; keep(): void }> => {
    const texts = await readTexts(app, group)
    const asked = [...more, ...[...texts].map(([name, content]) => ({ name, files: [{ name: 'set', text: content }] }))]
    const said = spent() > MOST_MS ? OUT_OF_TIME : await matchOnce(runs, { sets: asked, bytes, sha256: report.sha256 }, signal)
    // One that was deleted meanwhile was not matched, and nothing of it is kept.
    return { said, keep: () => sets.push(...group.filter(({ id }) => texts.has(id)).map((set) => resultOf(set, said))) }
  }
  const standing = await app.db.read(ACTOR, (tx) => listStanding(tx, subject.operator))
  const { open, closed } = groupsOf(rulesFor(subject, standing)) as { open: Stored[]; closed: Stored[][] }
  const together = await match(open, [rules])
  const broken = ('code' in together.said || together.said.more) && open.length > 0
  const own = broken ? await match([], [rules]) : together
  if (!broken) together.keep()
  for (const group of [...(broken ? (byOwner(open) as Stored[][]) : []), ...closed]) (await match(group)).keep()
  return withOwn(report, rules, own.said, sets)
}

/** What the rules of Vedette say stands in the report. */
function withOwn(report: ScanReport, rules: RuleSet, said: Said, sets: SetResult[]): { readonly report: ScanReport; readonly results: SetResults } {
  const ended = 'code' in said ? said : null
  const matches = 'code' in said ? [] : said.matches.filter(({ set }) => set === rules.name)
  const missed = 'code' in said ? [notMatched(said)] : said.more ? [tooMany()] : []
  const own = { sha256: createHash('sha256').update(joinRules(rules).text).digest('hex'), matched: matches.length > 0, ended }
  return { report: addFindings(report, findingsOf(matches), missed), results: { own, sets } }
}

/** A process that crashes may be our own failure, such as a machine without memory: it is asked once more. */
async function matchOnce(runs: RuleRuns, question: Question, signal: AbortSignal): Promise<Said> {
  const first = await runs.match(question, signal)
  signal.throwIfAborted()
  if (!('code' in first) || first.code !== 'crash') return first
  const second = await runs.match(question, signal)
  signal.throwIfAborted()
  return second
}

async function readTexts(app: App, sets: readonly Stored[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  for (const { id, source } of sets) {
    try {
      texts.set(id, await app.db.read(ACTOR, async (tx) => text((await app.objects.open(tx, source)).stream)))
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'NOT_FOUND')) throw error
    }
  }
  return texts
}

function resultOf({ id, operator, owner, tlp, version, sha256 }: StandingSet, answer: Said): SetResult {
  const about = { set: id, operator, owner, version, sha256 }
  if ('code' in answer) return { ...about, tlp, matches: [], more: false, ended: answer }
  const matches = answer.matches.filter(({ set }) => set === id)
  return { ...about, tlp: matches.reduce((label, { meta }) => strictest(label, markingOf(meta['tlp'])), tlp), matches, more: answer.more, ended: null }
}
