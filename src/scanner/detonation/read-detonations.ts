import { buffer, json } from 'node:stream/consumers'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { Detonation, type ArtefactParams, type DetonationParams, type DetonationView } from '#scanner/detonation/contract.ts'
import type { DetonationId } from '#scanner/detonation/queue.ts'
import { failureWords } from '#scanner/detonation/not-run.ts'
import { listReadable } from '#scanner/detonation/readable.ts'
import { findArtefact, listArtefacts, type ArtefactRow, type ShownDetonation } from '#scanner/detonation/store.ts'
import { findSubmission } from '#scanner/submissions/store.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'

/** The detonations of a submission, with what the actor may know of each. Throws NOT_FOUND. */
export async function listShown(app: App, actor: PersonActor, id: SubmissionId): Promise<z.input<typeof DetonationView>[]> {
  return app.db.read(actor, async (tx) => {
    if (!(await findSubmission(tx, actor, id))) throw new Problem('NOT_FOUND')
    return (await listReadable(tx, id)).map(shown)
  })
}

/** What one detonation showed. Throws NOT_FOUND, also before its end and for what the operator holds back. */
export async function readDetonation(app: App, actor: PersonActor, { id, detonation }: z.output<typeof DetonationParams>): Promise<Detonation> {
  return app.db.read(actor, async (tx) => {
    const report = await reportOf(tx, actor, id, detonation)
    return Detonation.parse(await json((await app.objects.open(tx, report)).stream))
  })
}

/** Files that one detonation left. Throws NOT_FOUND as `readDetonation` does. */
export async function listKept(app: App, actor: PersonActor, { id, detonation }: z.output<typeof DetonationParams>): Promise<ArtefactRow[]> {
  return app.db.read(actor, async (tx) => {
    await reportOf(tx, actor, id, detonation)
    return listArtefacts(tx, id, detonation)
  })
}

/** A picture as it was drawn anew; what could not be read as one is none. Throws NOT_FOUND. */
export function openPicture(app: App, actor: PersonActor, params: z.output<typeof ArtefactParams>): Promise<Buffer> {
  return open(app, actor, params, ({ shown: drawn }) => drawn)
}

/** Any file that a detonation left. Throws NOT_FOUND. */
export function openArtefact(app: App, actor: PersonActor, params: z.output<typeof ArtefactParams>): Promise<Buffer> {
  return open(app, actor, params, ({ object }) => object)
}

async function open(
  app: App,
  actor: PersonActor,
  { id, detonation, sha256 }: z.output<typeof ArtefactParams>,
  wanted: (artefact: ArtefactRow) => ObjectId | null,
): Promise<Buffer> {
  return app.db.read(actor, async (tx) => {
    await reportOf(tx, actor, id, detonation)
    const artefact = await findArtefact(tx, id, detonation, sha256)
    const object = artefact ? wanted(artefact) : null
    if (object === null) throw new Problem('NOT_FOUND')
    return buffer((await app.objects.open(tx, object)).stream)
  })
}

/** Where the report of a detonation lies. Throws NOT_FOUND where the actor may not know of it. */
async function reportOf(tx: Tx, actor: PersonActor, id: SubmissionId, detonation: DetonationId): Promise<ObjectId> {
  const rows = (await findSubmission(tx, actor, id)) ? await listReadable(tx, id) : []
  const report = rows.find((row) => row.id === detonation)?.report
  if (!report) throw new Problem('NOT_FOUND')
  return report
}

function shown(row: ShownDetonation): z.input<typeof DetonationView> {
  const { id, described, macros, egress, check_heap: checkHeap, run, failure, started_at: startedAt, ended_at: endedAt } = row
  const over = endedAt !== null
  return {
    id,
    environment: described,
    options: { macros, egress, checkHeap },
    run,
    state: failure !== null ? 'failed' : over ? 'ended' : startedAt === null ? 'queued' : 'running',
    waitsFor: over ? null : row.waits_for,
    failure: failure === null ? null : { code: failure, detail: failureWords(failure) },
    end: row.end_state,
    whyEnded: row.why_ended,
    dwellMs: row.dwell_ms,
    happenings: row.happenings,
    startedAt,
    endedAt,
  }
}
