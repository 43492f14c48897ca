import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { route, type Route } from '#platform/http/route.ts'
import { readApplication } from '#program/membership/applications/applicant.ts'
import {
  EVIDENCE_MEDIA_TYPE,
  EvidenceId,
  EvidenceQuery,
  MOST_EVIDENCE_BYTES,
  OnVersion,
  OwnApplication,
  Programmes,
  SaveDraft,
  Saved,
  Started,
  StartApplication,
  TOKEN_DESCRIPTION,
  TOKEN_HEADER,
} from '#program/membership/applications/contract.ts'
import { addEvidence, removeEvidence } from '#program/membership/applications/own-evidence.ts'
import { saveDraft } from '#program/membership/applications/save-draft.ts'
import { showOwn } from '#program/membership/applications/show-own.ts'
import { startApplication } from '#program/membership/applications/start-application.ts'
import { listOperators } from '#program/membership/applications/store.ts'
import { answerQuestion, submitApplication, withdrawApplication } from '#program/membership/applications/submit-application.ts'
import { viewOf } from '#program/membership/criteria/routes.ts'
import { setInForce } from '#program/membership/criteria/set-store.ts'

const tag = 'applications'
const access = 'public'
const headers = { [TOKEN_HEADER]: TOKEN_DESCRIPTION }

/** What an applicant does without an account, by the secret of a mailed link. */
export function applicantRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/applications/programmes',
      summary: 'Lists the programmes that take applications, with the criteria in force.',
      tag,
      access,
      response: Programmes,
      handle: () => app.db.read(system('applicant'), async (tx) => ({ items: await listProgrammes(tx) })),
    }),
    route({
      method: 'POST',
      url: '/api/applications/drafts',
      summary: 'Mails a link with which an application is filled in; the answer is the same whatever becomes of it.',
      tag,
      access,
      body: StartApplication,
      status: 202,
      response: Started,
      handle: async ({ body, request }) => {
        await startApplication(app, body, request.ip)
        return { next: 'mail' as const }
      },
    }),
    route({
      method: 'GET',
      url: '/api/applications/draft',
      summary: 'Shows the application of a link to its applicant: answers, questions, and the decision with its reasons.',
      tag,
      access,
      headers,
      response: OwnApplication,
      handle: ({ request }) => readApplication(app, request, (held) => showOwn(app, held)),
    }),
    route({
      method: 'PUT',
      url: '/api/applications/draft',
      summary: 'Keeps what was filled in so far, however unfinished.',
      tag,
      access,
      headers,
      body: SaveDraft,
      response: Saved,
      handle: ({ request, body }) => saveDraft(app, request, body),
    }),
    ...evidenceRoutes(app),
    ...sendingRoutes(app),
  ]
}

async function listProgrammes(tx: Tx): Promise<z.input<typeof Programmes>['items']> {
  const items: z.input<typeof Programmes>['items'] = []
  for (const operator of await listOperators(tx)) {
    const sets = { vendor: viewOf(await setInForce(tx, operator.id, 'vendor')), responder: viewOf(await setInForce(tx, operator.id, 'responder')) }
    items.push({ operator, sets })
  }
  return items
}

function evidenceRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/applications/draft/evidence',
      summary: 'Adds a file as evidence for a criterion; its name comes in Content-Disposition. Our scanner looks at it before anybody opens it.',
      tag,
      access,
      headers,
      query: EvidenceQuery,
      consumes: [EVIDENCE_MEDIA_TYPE],
      bodyLimit: MOST_EVIDENCE_BYTES,
      status: 201,
      response: OwnApplication,
      handle: async ({ request, query: { criterion }, body }) => {
        await addEvidence(app, request, criterion, body)
        return readApplication(app, request, (held) => showOwn(app, held))
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/applications/draft/evidence/:evidence',
      summary: 'Takes a file back that was not sent in yet.',
      tag,
      access,
      headers,
      params: EvidenceId,
      response: OwnApplication,
      handle: async ({ request, params: { evidence } }) => {
        await removeEvidence(app, request, evidence)
        return readApplication(app, request, (held) => showOwn(app, held))
      },
    }),
  ]
}

function sendingRoutes(app: App): Route[] {
  const post = (step: string, summary: string, act: typeof submitApplication): Route =>
    route({
      method: 'POST',
      url: `/api/applications/draft/${step}`,
      summary,
      tag,
      access,
      headers,
      body: OnVersion,
      response: OwnApplication,
      handle: async ({ request, body: { version } }) => {
        await act(app, request, version)
        return readApplication(app, request, (held) => showOwn(app, held))
      },
    })
  return [
    post('submit', 'Sends an application in; from then on it is reviewed.', submitApplication),
    post('answer', 'Answers a question, by the answers as they stand now.', answerQuestion),
    route({
      method: 'POST',
      url: '/api/applications/draft/withdraw',
      summary: 'Takes an application back before it is decided; what was never sent in is forgotten.',
      tag,
      access,
      headers,
      body: OnVersion,
      status: 204,
      response: z.undefined(),
      handle: async ({ request, body: { version } }) => withdrawApplication(app, request, version).then(() => undefined),
    }),
  ]
}
