import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import {
  Agreement,
  AgreementDraft,
  AgreementList,
  AgreementMemberPage,
  DraftAgreement,
  DraftParams,
  IssueAgreement,
  MemberQuery,
  OperatorQuery,
  VersionParams,
} from '#program/membership/agreements/contract.ts'
import { closeDraft, draftAgreement } from '#program/membership/agreements/draft-agreement.ts'
import { issueAgreement } from '#program/membership/agreements/issue-agreement.ts'
import { listAgreementMembers, listAgreements, showAgreement } from '#program/membership/agreements/list-agreements.ts'
import { signatureRoutes } from '#program/membership/agreements/signature-routes.ts'
import type { DraftId } from '#program/membership/agreements/store.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'agreements'

export function routes(app: App): Route[] {
  return [...textRoutes(app), ...draftRoutes(app), ...signatureRoutes(app)]
}

function textRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/agreements',
      summary: 'Lists the versions of the agreement; for contacts with how far their organisation is, for the operator with the drafts.',
      tag,
      access: may.listAgreements,
      response: AgreementList,
      handle: ({ actor }) => listAgreements(app, actor),
    }),
    route({
      method: 'GET',
      url: '/api/agreements/members',
      summary: 'Lists the members of your operator with what each has signed, and when whose access stops.',
      tag,
      access: may.listAgreementMembers,
      query: MemberQuery,
      response: AgreementMemberPage,
      handle: ({ actor, query }) => listAgreementMembers(app, staff(actor), query),
    }),
    route({
      method: 'GET',
      url: '/api/agreements/:version',
      summary: 'Gives you one version of the agreement with its text.',
      tag,
      access: may.listAgreements,
      params: VersionParams,
      query: OperatorQuery,
      response: Agreement,
      handle: ({ actor, params: { version }, query: { operator } }) => showAgreement(app, actor, { version, operator }),
    }),
  ]
}

function draftRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/agreements/drafts',
      summary: 'Drafts the next version of the agreement; a second membership officer has to issue it.',
      tag,
      access: may.draftAgreement,
      creates: true,
      body: DraftAgreement,
      status: 201,
      response: AgreementDraft,
      handle: ({ actor, body }) => draftAgreement(app, staff(actor), body),
    }),
    route({
      method: 'POST',
      url: '/api/agreements/drafts/:id/issue',
      summary: 'Issues exactly the text that another membership officer drafted; every member is asked to sign it.',
      tag,
      access: may.issueAgreement,
      creates: true,
      params: DraftParams,
      body: IssueAgreement,
      status: 201,
      response: Agreement,
      handle: async ({ actor, params: { id }, body: { sha256 } }) => {
        const version = await issueAgreement(app, staff(actor), id as string as DraftId, sha256)
        return showAgreement(app, actor, { version, operator: undefined })
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/agreements/drafts/:id',
      summary: 'Takes back a draft that was not issued.',
      tag,
      access: may.draftAgreement,
      params: DraftParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await closeDraft(app, staff(actor), id as string as DraftId)
        return undefined
      },
    }),
  ]
}
