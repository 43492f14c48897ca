import { json } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { addFindings } from '#scanner/verdict/add-findings.ts'
import type { Exploit, ScanReport } from '#scanner/verdict/contract.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'
import type { MatchedSet } from '#scanner/yara-sets/contract.ts'
import { tellingOf } from '#scanner/yara-sets/entitled.ts'
import { readerOf } from '#scanner/yara-sets/reader.ts'
import { SetResults } from '#scanner/yara-sets/results.ts'
import { findResults, listMatches, type MatchRow } from '#scanner/yara-sets/run-store.ts'
import { visibleHits } from '#scanner/yara-sets/visible-hits.ts'
import { setNameOf } from '#scanner/yara-sets/yara-set.ts'

/** The report with what the reader may know of what rules said, and which sets they were; as it is where no rule was asked. */
export async function showHits(
  app: App,
  tx: Tx,
  actor: PersonActor,
  submission: SubmissionId,
  report: ScanReport,
): Promise<ScanReport & { readonly rules?: MatchedSet[] }> {
  const object = await findResults(tx, submission)
  if (object === undefined) return report
  const results = SetResults.parse(await json((await app.objects.open(tx, object)).stream))
  const sets = (await listMatches(tx, [submission])).map((row) => ({ ...row, name: nameOf(app, row) }))
  const { rules, findings, notChecked } = visibleHits(results, sets, await readerOf(tx, actor))
  return { ...addFindings(report, findings, notChecked), rules: [...rules] }
}

function nameOf({ keys }: App, { set, known, sealed_name: sealed }: MatchRow): string | null | undefined {
  if (!known) return undefined
  return sealed === null ? null : setNameOf(keys, { id: set, sealed_name: sealed })
}

/** Of these submissions those in which, as far as the reader is told, a rule found a technique. */
export async function listTechniques(tx: Tx, actor: PersonActor, submissions: readonly SubmissionId[]): Promise<ReadonlySet<SubmissionId>> {
  const rows = (await listMatches(tx, submissions)).filter(({ technique }) => technique)
  if (rows.length === 0) return new Set()
  const reader = await readerOf(tx, actor)
  return new Set(rows.filter((row) => tellingOf(reader, row) !== 'nothing').map(({ submission }) => submission))
}

/** The verdict as the reader is told it: rules add a technique to it and never an exploit. Pure. */
export function toldExploit(exploit: Exploit | null, technique: boolean): Exploit | null {
  return exploit === 'none-seen' && technique ? 'technique-only' : exploit
}
