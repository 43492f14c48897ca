import { buffer, json } from 'node:stream/consumers'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { Detonation, type ArtefactParams, type DetonationParams, type DetonationView } from '#scanner/detonation/contract.ts'
import { failureWords } from '#scanner/detonation/not-run.ts'
import { findArtefact, findResult, listArtefacts, listDetonations, type ArtefactRow, type ShownDetonation } from '#scanner/detonation/store.ts'
import { findSubmission } from '#scanner/submissions/store.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'

/** The detonations of a submission, with what the actor may know of each. Throws NOT_FOUND. */
export async function listShown(app: App, actor: PersonActor, id: SubmissionId): Promise<z.input<typeof DetonationView>[]> {
  return app.db.read(actor, async (tx) => {
    if (!(await findSubmission(tx, actor, id))) throw new Problem('NOT_FOUND')
    const rows = await listDetonations(tx, id)
    // Why a document is opened again, and how much was seen of it, would tell of what is held back.
    return rows.some(isHeld)
      ? rows.filter(({ run, check_heap: checks }) => run === 1 && !checks).map((row) => shown(isHeld(row) ? { ...row, happenings: 0 } : row))
      : rows.map(shown)
  })
}

/** What one detonation showed. Throws NOT_FOUND, also before its end and for what the operator holds back. */
export async function readDetonation(app: App, actor: PersonActor, { id, detonation }: z.output<typeof DetonationParams>): Promise<Detonation> {
  return app.db.read(actor, async (tx) => {
    const report = (await findSubmission(tx, actor, id)) && (await findResult(tx, id, detonation))
    if (!report) throw new Problem('NOT_FOUND')
    return Detonation.parse(await json((await app.objects.open(tx, report)).stream))
  })
}

/** Files that one detonation left. Throws NOT_FOUND as `readDetonation` does. */
export async function listKept(app: App, actor: PersonActor, { id, detonation }: z.output<typeof DetonationParams>): Promise<ArtefactRow[]> {
  return app.db.read(actor, async (tx) => {
    if (!((await findSubmission(tx, actor, id)) && (await findResult(tx, id, detonation)))) throw new Problem('NOT_FOUND')
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
    const artefact = (await findSubmission(tx, actor, id)) && (await findArtefact(tx, id, detonation, sha256))
    const object = artefact ? wanted(artefact) : null
    if (object === null) throw new Problem('NOT_FOUND')
    return buffer((await app.objects.open(tx, object)).stream)
  })
}

/** What ended without a failure has a result: whether it is one that the reader is not shown. */
function isHeld({ ended_at: ended, failure, end_state: end }: ShownDetonation): boolean {
  return ended !== null && failure === null && end === null
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
