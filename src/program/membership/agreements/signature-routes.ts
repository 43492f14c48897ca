import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { PasskeyAssertion, SigningOptions } from '#platform/auth/contract.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import { attachmentHeader } from '#platform/http/upload.ts'
import { renderDocument } from '#program/membership/agreements/render-document.ts'
import { OperatorQuery, RefuseSignature, SignatureParams, SignedAgreement, VersionParams } from '#program/membership/agreements/contract.ts'
import { beginCountersignature, countersignAgreement, refuseSignature } from '#program/membership/agreements/countersign-agreement.ts'
import { showSignedAgreement } from '#program/membership/agreements/show-signed-agreement.ts'
import { beginSignature, signAgreement } from '#program/membership/agreements/sign-agreement.ts'
import { may } from '#program/policy.ts'
import { contact, staff } from '#platform/auth/staff.ts'

const tag = 'agreements'
const nothing = { status: 204, response: z.undefined() } as const

export function signatureRoutes(app: App): Route[] {
  return [...memberRoutes(app), ...operatorRoutes(app), ...documentRoutes(app)]
}

function memberRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/agreements/:version/signatures/begin',
      summary: 'Begins signing the agreement for your organisation: the statement, and the options for your passkey.',
      tag,
      access: may.signAgreement,
      params: VersionParams,
      query: OperatorQuery,
      response: SigningOptions,
      handle: ({ actor, params: { version }, query: { operator } }) => beginSignature(app, contact(actor), { version, operator }),
    }),
    route({
      method: 'POST',
      url: '/api/agreements/:version/signatures',
      summary: 'Signs the agreement for your organisation by the answer of your passkey.',
      tag,
      access: may.signAgreement,
      params: VersionParams,
      query: OperatorQuery,
      body: PasskeyAssertion,
      ...nothing,
      handle: async ({ actor, params: { version }, query: { operator }, body }) => {
        await signAgreement(app, contact(actor), { version, operator }, body)
        return undefined
      },
    }),
  ]
}

function operatorRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/agreements/:version/signatures/:organisation/countersignature/begin',
      summary: "Begins countersigning a member's signature: the statement, and the options for your passkey.",
      tag,
      access: may.countersignAgreement,
      params: SignatureParams,
      response: SigningOptions,
      handle: ({ actor, params }) => beginCountersignature(app, staff(actor), params),
    }),
    route({
      method: 'POST',
      url: '/api/agreements/:version/signatures/:organisation/countersignature',
      summary: "Countersigns a member's signature by the answer of your passkey.",
      tag,
      access: may.countersignAgreement,
      params: SignatureParams,
      body: PasskeyAssertion,
      ...nothing,
      handle: async ({ actor, params, body }) => {
        await countersignAgreement(app, staff(actor), params, body)
        return undefined
      },
    }),
    route({
      method: 'POST',
      url: '/api/agreements/:version/signatures/:organisation/refusal',
      summary: "Refuses to countersign a member's signature, for a reason that the member is told.",
      tag,
      access: may.refuseAgreement,
      params: SignatureParams,
      body: RefuseSignature,
      ...nothing,
      handle: async ({ actor, params, body: { reason } }) => {
        await refuseSignature(app, staff(actor), params, reason)
        return undefined
      },
    }),
  ]
}

function documentRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/agreements/:version/signatures/:organisation',
      summary: 'Gives you a signed agreement with what anybody needs to verify it.',
      tag,
      access: may.readSignedAgreement,
      params: SignatureParams,
      query: OperatorQuery,
      response: SignedAgreement,
      handle: ({ actor, params, query: { operator } }) => showSignedAgreement(app, actor, { ...params, operator }),
    }),
    route({
      method: 'GET',
      url: '/api/agreements/:version/signatures/:organisation/pdf',
      summary: 'Gives you a signed and countersigned agreement as a PDF.',
      tag,
      access: may.readSignedAgreement,
      params: SignatureParams,
      query: OperatorQuery,
      produces: 'application/pdf',
      response: z.instanceof(Buffer),
      handle: async ({ actor, params, query: { operator }, reply }) => {
        const signed = await showSignedAgreement(app, actor, { ...params, operator })
        const { countersignature } = signed
        if (!countersignature) throw new Problem('CONFLICT', 'The operator has not countersigned yet; there is no document until then.')
        reply.header('content-disposition', attachmentHeader(`agreement-${params.version}.pdf`))
        return renderDocument({ ...signed, countersignature })
      },
    }),
  ]
}
