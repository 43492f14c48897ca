import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { route, type Route } from '#platform/http/route.ts'
import { behaviourOf } from '#scanner/detonation/show-behaviour.ts'
import { countRuns, listBehaviours, type Behaviour, type RunCounts } from '#scanner/detonation/store.ts'
import { may } from '#scanner/policy.ts'
import {
  MOST_SAMPLE_BYTES,
  REPORT_MEDIA_TYPES,
  SAMPLE_MEDIA_TYPE,
  Submission,
  SubmissionPage,
  SubmissionParams,
  SubmissionQuery,
  SubmissionReport,
  SubmitPage,
  SubmitQuery,
  type ReportForm,
} from '#scanner/submissions/contract.ts'
import { cancelSubmission } from '#scanner/submissions/cancel-submission.ts'
import { deleteSubmission } from '#scanner/submissions/delete-submission.ts'
import { exportReport } from '#scanner/submissions/export-report.ts'
import { nameOf } from '#scanner/submissions/file-name.ts'
import { readJoined, readReport } from '#scanner/submissions/read-report.ts'
import { findSubmission, listSubmissions, type ShownSubmission } from '#scanner/submissions/store.ts'
import { failureOf, stateOf, type SubmissionId } from '#scanner/submissions/submission.ts'
import { submitFile } from '#scanner/submissions/submit-file.ts'
import { submitPage } from '#scanner/submissions/submit-page.ts'
import { JoinedReport } from '#scanner/verdict/contract.ts'
import { listTechniques, toldExploit } from '#scanner/yara-sets/show-hits.ts'

const LIST = 'submissions'
const Position = z.tuple([SubmissionParams.shape.id])
/** Who handed something in, to a reader who may not know the person any more. */
const UNKNOWN = 'a former contact'

/** Files handed in to be scanned, and what came of them. */
export function routes(app: App): Route[] {
  const common = { tag: 'submissions' } as const
  return [
    route({
      ...common,
      method: 'POST',
      url: '/api/submissions',
      summary: 'Hands in a file to be scanned; the same file under the same conditions is one submission (200 instead of 201).',
      access: may.submit,
      query: SubmitQuery,
      consumes: [SAMPLE_MEDIA_TYPE],
      bodyLimit: MOST_SAMPLE_BYTES,
      status: 201,
      response: Submission,
      handle: async ({ actor, query, body, reply }) => {
        const { submission, created } = await submitFile(app, actor, query, body)
        if (!created) reply.code(200)
        return shown(app, submission, await app.db.read(actor, (tx) => knownOf(tx, actor, [submission])))
      },
    }),
    route({
      ...common,
      method: 'POST',
      url: '/api/submissions/pages',
      summary: 'Hands in the address of a page, to be opened in a browser; the same address under the same conditions is one submission (200 instead of 201).',
      access: may.submit,
      body: SubmitPage,
      status: 201,
      response: Submission,
      handle: async ({ actor, body, reply }) => {
        const { submission, created } = await submitPage(app, actor, body)
        if (!created) reply.code(200)
        return shown(app, submission, await app.db.read(actor, (tx) => knownOf(tx, actor, [submission])))
      },
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions',
      summary: 'Lists the submissions of your organisation, or of your operator and its members, newest first.',
      access: may.listSubmissions,
      query: SubmissionQuery,
      response: SubmissionPage,
      handle: async ({ actor, query }) => {
        const before = query.cursor === undefined ? undefined : Position.parse(openCursor(app, LIST, query.cursor))[0]
        const { rows, items, known } = await app.db.read(actor, async (tx) => {
          const found = await listSubmissions(tx, actor, query.limit + 1, { before, parent: query.parent })
          const page = found.slice(0, query.limit)
          return { rows: found, items: page, known: await knownOf(tx, actor, page) }
        })
        const last = items.at(-1)
        return { items: items.map((row) => shown(app, row, known)), next: rows.length > query.limit && last ? sealCursor(app, LIST, [last.id]) : null }
      },
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions/:id',
      summary: 'One submission.',
      access: may.readSubmission,
      params: SubmissionParams,
      response: Submission,
      handle: async ({ actor, params }) => {
        return app.db.read(actor, async (tx) => {
          const row = await findSubmission(tx, actor, params.id)
          if (!row) throw new Problem('NOT_FOUND')
          return shown(app, row, await knownOf(tx, actor, [row]))
        })
      },
    }),
    route({
      ...common,
      method: 'POST',
      url: '/api/submissions/:id/cancel',
      summary: 'Cancels a submission of your organisation before its end; what was found by then stays.',
      access: may.cancelSubmission,
      params: SubmissionParams,
      response: Submission,
      handle: async ({ actor, params }) => {
        const submission = await cancelSubmission(app, actor, params.id)
        return shown(app, submission, await app.db.read(actor, (tx) => knownOf(tx, actor, [submission])))
      },
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions/:id/report',
      summary: 'The scan result of a submission, as `vedette scan --json` gives it, with what you may know of what YARA sets say.',
      access: may.readSubmission,
      params: SubmissionParams,
      response: SubmissionReport,
      handle: ({ actor, params }) => readReport(app, actor, params.id),
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions/:id/verdict',
      summary: 'The verdict with what was seen in environments, once all of them have ended, as `vedette scan --vm` gives it.',
      access: may.readSubmission,
      params: SubmissionParams,
      response: JoinedReport,
      handle: ({ actor, params }) => readJoined(app, actor, params.id),
    }),
    exportRoute(app, 'sarif', 'The scan result of a submission as a SARIF 2.1.0 log.'),
    exportRoute(app, 'stix', 'The scan result of a submission as a STIX 2.1 bundle, marked as its submitter said.'),
    route({
      ...common,
      method: 'DELETE',
      url: '/api/submissions/:id',
      summary: 'Deletes a submission of your organisation in any state, with everything that came from the file.',
      access: may.deleteSubmission,
      params: SubmissionParams,
      status: 204,
      response: z.undefined(),
      handle: ({ actor, params }) => deleteSubmission(app, actor, params.id).then(() => undefined),
    }),
  ]
}

function exportRoute(app: App, form: ReportForm, summary: string): Route {
  return route({
    method: 'GET',
    url: `/api/submissions/:id/report.${form}`,
    summary,
    tag: 'submissions',
    access: may.readSubmission,
    params: SubmissionParams,
    produces: REPORT_MEDIA_TYPES[form],
    response: z.string(),
    handle: ({ actor, params }) => exportReport(app, actor, params.id, form),
  })
}

/** What others than the static scan say of submissions, as far as the reader is told. */
interface Known {
  /** Those that hold a technique by a rule. */
  readonly techniques: ReadonlySet<SubmissionId>
  /** Verdicts with what was seen in environments. */
  readonly behaviours: ReadonlyMap<SubmissionId, Behaviour>
  readonly runs: ReadonlyMap<SubmissionId, RunCounts>
}

async function knownOf(tx: Tx, actor: PersonActor, rows: readonly ShownSubmission[]): Promise<Known> {
  const ids = rows.map(({ id }) => id)
  return { techniques: await listTechniques(tx, actor, ids), behaviours: await listBehaviours(tx, ids), runs: await countRuns(tx, ids) }
}

function shown(app: App, row: ShownSubmission, { techniques, behaviours, runs }: Known): z.input<typeof Submission> {
  const { exploit, cves } = behaviours.get(row.id) ?? row
  return {
    id: row.id,
    kind: row.kind,
    name: nameOf(app.keys, row),
    size: row.size,
    sha256: row.sha256,
    type: row.type,
    tlp: row.tlp,
    share: row.share,
    options: row.options,
    parent: row.parent,
    state: stateOf(row),
    failure: row.failure === null ? null : failureOf(row.failure),
    outcome: row.outcome,
    exploit: toldExploit(exploit, techniques.has(row.id)),
    cves: [...cves],
    behaviour: row.outcome === null ? null : behaviourOf(row, runs.get(row.id)),
    submittedBy: { id: row.submitted_by, name: row.person_name ?? UNKNOWN },
    organisation: row.organisation_id === null ? null : { id: row.organisation_id, name: row.organisation_name ?? UNKNOWN },
    submittedAt: row.submitted_at,
    finishedAt: row.finished_at,
  }
}
