import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { fieldsOf } from '#platform/http/problem.ts'
import { ReportSighting, type ReportedSighting, type SightingsResult } from '#exchange/sightings/contract.ts'
import { reportSightings } from '#exchange/sightings/report-sightings.ts'

type Result = z.output<typeof SightingsResult>

/** Stores many sightings in one transaction: the good ones, while each bad one is named with its place in the request. */
export async function reportBulk(app: App, actor: ContactActor, entries: readonly unknown[]): Promise<Result> {
  const readable: { index: number; sighting: ReportedSighting }[] = []
  const refused: Result['refused'] = []
  for (const [index, entry] of entries.entries()) {
    const parsed = ReportSighting.safeParse(entry)
    if (parsed.success) readable.push({ index, sighting: parsed.data })
    else refused.push({ index, code: 'VALIDATION_FAILED', ...fieldsOf(parsed.error, placeOf(index))[0]! })
  }
  const results = await app.db.transaction(actor, (tx) =>
    reportSightings(
      app,
      tx,
      actor,
      readable.map(({ sighting }) => sighting),
    ),
  )
  for (const [n, result] of results.entries()) {
    const { index } = readable[n]!
    if (result.outcome === 'refused') refused.push({ index, code: result.code, field: placeOf(index) + result.field, message: result.message })
  }
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length
  return { accepted: count('accepted'), repeated: count('repeated'), refused: refused.sort((a, b) => a.index - b.index) }
}

function placeOf(index: number): string {
  return `/body/sightings/${index}`
}
