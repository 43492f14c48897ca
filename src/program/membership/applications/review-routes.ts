import { Readable } from 'node:stream'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { route, type Route } from '#platform/http/route.ts'
import { attachmentHeader } from '#platform/http/upload.ts'
import type { Rule } from '#platform/auth/rule.ts'
import type { ApplicationId } from '#program/membership/applications/application.ts'
import {
  Admit,
  ApplicationEvidenceParams,
  ApplicationPage,
  ApplicationParams,
  ApplicationQuery,
  ApplicationView,
  AskQuestion,
  EvidenceDownloadQuery,
  EVIDENCE_MEDIA_TYPE,
  GiveJudgement,
  Recommend,
  Refuse,
} from '#program/membership/applications/contract.ts'
import { admitApplicant, refuseApplicant } from '#program/membership/applications/decide-application.ts'
import { listSentApplications } from '#program/membership/applications/list-applications.ts'
import { askForEvidence, openEvidence } from '#program/membership/applications/open-evidence.ts'
import { askQuestion, giveJudgement, giveRecommendation } from '#program/membership/applications/review-application.ts'
import { showApplication } from '#program/membership/applications/show-application.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'applications'

/** What membership officers do with an application. */
export function reviewRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/applications',
      summary: 'Lists the applications that were sent to your operator, with how many are in each state.',
      tag,
      access: may.listApplications,
      query: ApplicationQuery,
      response: ApplicationPage,
      handle: ({ actor, query }) => listSentApplications(app, staff(actor), query),
    }),
    route({
      method: 'GET',
      url: '/api/applications/:id',
      summary: 'Shows an application: answers, criteria, judgements, questions, evidence, and who may decide.',
      tag,
      access: may.listApplications,
      params: ApplicationParams,
      response: ApplicationView,
      handle: ({ actor, params: { id } }) => showApplication(app, staff(actor), id),
    }),
    route({
      method: 'GET',
      url: '/api/applications/:id/evidence/:evidence',
      summary: 'Gives you a file of evidence to save, once our scanner has answered for it.',
      tag,
      access: may.openEvidence,
      params: ApplicationEvidenceParams,
      query: EvidenceDownloadQuery,
      produces: EVIDENCE_MEDIA_TYPE,
      response: z.instanceof(Readable),
      handle: async ({ actor, params: { id, evidence }, query, request, reply }) => {
        const wanted = { application: id, evidence, acknowledged: query.acknowledged === 'true' }
        if (request.method === 'HEAD') {
          await askForEvidence(app, staff(actor), wanted)
          return Readable.from([])
        }
        const { name, stream } = await openEvidence(app, staff(actor), wanted)
        reply.header('content-disposition', attachmentHeader(name))
        return stream
      },
    }),
    act(
      app,
      'judgements',
      'Judges one criterion; a later judgement takes the place of an earlier one, which is kept.',
      may.judgeApplication,
      GiveJudgement,
      giveJudgement,
    ),
    act(app, 'questions', 'Asks the applicant about criteria, who is told by mail.', may.judgeApplication, AskQuestion, askQuestion),
    act(
      app,
      'recommendation',
      'Writes down the tier and the policy that you would grant; somebody else decides, at most that.',
      may.judgeApplication,
      Recommend,
      giveRecommendation,
    ),
    act(
      app,
      'admission',
      'Admits the applicant, or grants the renewal; not by whoever judged, asked or recommended.',
      may.decideApplication,
      Admit,
      admitApplicant,
    ),
    act(app, 'refusal', 'Refuses the application; not by whoever judged, asked or recommended.', may.decideApplication, Refuse, refuseApplicant),
  ]
}

function act<const B extends z.ZodType>(
  app: App,
  step: string,
  summary: string,
  access: Rule,
  body: B,
  carryOut: (app: App, actor: OperatorActor, id: ApplicationId, input: z.output<B>) => Promise<void>,
): Route {
  return route({
    method: 'POST',
    url: `/api/applications/:id/${step}`,
    summary,
    tag,
    access,
    params: ApplicationParams,
    body,
    response: ApplicationView,
    handle: async ({ actor, params: { id }, body: input }) => {
      await carryOut(app, staff(actor), id, input as z.output<B>)
      return showApplication(app, staff(actor), id)
    },
  })
}
