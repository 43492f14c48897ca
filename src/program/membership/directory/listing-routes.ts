import { Readable } from 'node:stream'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { PageQuery } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import {
  AddedLogo,
  ListingPage,
  ListingParams,
  ListingView,
  LogoParams,
  OperatorParams,
  OwnListings,
  ProposeListing,
  PublicText,
  PublicTexts,
  PublishText,
  RefuseListing,
  SwitchStatement,
  TextParams,
} from '#program/membership/directory/contract.ts'
import { approveListing, refuseListing, takeOffListing } from '#program/membership/directory/decide-listing.ts'
import { listListings } from '#program/membership/directory/listing-store.ts'
import { addLogo, openLogo } from '#program/membership/directory/logo/add-logo.ts'
import { MAX_LOGO_BYTES } from '#program/membership/directory/logo/inspect-png.ts'
import { listPublicOperators } from '#program/membership/directory/operator-store.ts'
import { showListing, showOwnListings } from '#program/membership/directory/own-listing.ts'
import { proposeListing, withdrawListing } from '#program/membership/directory/propose-listing.ts'
import { publishText, showTexts } from '#program/membership/directory/publish-text.ts'
import { switchStatementOff, switchStatementOn } from '#program/membership/directory/switch-statement.ts'
import { may } from '#program/policy.ts'
import { contact, staff } from '#platform/auth/staff.ts'

const tag = 'directory'

/** What a member's admin says of it in public, and what the operator's officers let through. */
export function listingRoutes(app: App): Route[] {
  return [...ownRoutes(app), ...officerRoutes(app), ...textRoutes(app)]
}

function ownRoutes(app: App): Route[] {
  const own = async (actor: Parameters<typeof contact>[0]) => ({ items: await showOwnListings(app, contact(actor)) })
  return [
    route({
      method: 'GET',
      url: '/api/listings/own',
      summary: 'Shows what is public, or is to be public, of your organisation.',
      tag,
      access: may.readOwnListing,
      response: OwnListings,
      handle: ({ actor }) => own(actor),
    }),
    route({
      method: 'PUT',
      url: '/api/listings/own/:operator',
      summary: 'Agrees that your organisation is featured with this; an officer of the operator has to approve it.',
      tag,
      access: may.editOwnListing,
      params: OperatorParams,
      body: ProposeListing,
      response: OwnListings,
      handle: async ({ actor, params: { operator }, body }) => {
        await proposeListing(app, contact(actor), operator, body)
        return own(actor)
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/listings/own/:operator',
      summary: 'Withdraws your organisation from the directory, at once.',
      tag,
      access: may.editOwnListing,
      params: OperatorParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { operator } }) => {
        await withdrawListing(app, contact(actor), operator)
        return undefined
      },
    }),
    route({
      method: 'POST',
      url: '/api/listings/own/:operator/logos',
      summary: 'Takes a logo as PNG, and makes a clean one of its pixels.',
      tag,
      access: may.editOwnListing,
      params: OperatorParams,
      consumes: ['image/png'],
      bodyLimit: MAX_LOGO_BYTES,
      status: 201,
      response: AddedLogo,
      handle: ({ actor, params: { operator }, body }) => addLogo(app, contact(actor), operator, body),
    }),
    route({
      method: 'PUT',
      url: '/api/listings/own/:operator/statement',
      summary: 'Switches on the statement that your organisation is a member.',
      tag,
      access: may.editOwnListing,
      params: OperatorParams,
      body: SwitchStatement,
      response: OwnListings,
      handle: async ({ actor, params: { operator }, body: { showsTier } }) => {
        await switchStatementOn(app, contact(actor), operator, showsTier)
        return own(actor)
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/listings/own/:operator/statement',
      summary: 'Ends that statement, at once.',
      tag,
      access: may.editOwnListing,
      params: OperatorParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { operator } }) => {
        await switchStatementOff(app, contact(actor), operator)
        return undefined
      },
    }),
    route({
      method: 'GET',
      url: '/api/listings/logos/:operator/:digest',
      summary: 'Shows a logo to the member that sent it and to its operator.',
      tag,
      access: may.readLogo,
      params: LogoParams,
      produces: 'image/png',
      response: z.instanceof(Readable),
      handle: ({ actor, params: { operator, digest } }) => openLogo(app, actor, operator, digest),
    }),
  ]
}

function officerRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/listings',
      summary: "Lists what your operator's members want shown of them, the newest first.",
      tag,
      access: may.listListings,
      query: PageQuery,
      response: ListingPage,
      handle: ({ actor, query }) => {
        const { operator } = staff(actor)
        const read = (limit: number, before: string | undefined) => app.db.read(actor, (tx) => listListings(tx, operator, app.clock.now(), limit, before))
        return pageById(app, 'listings', query, read, showListing)
      },
    }),
    route({
      method: 'POST',
      url: '/api/listings/:id/approval',
      summary: 'Lets a member be shown as it asked.',
      tag,
      access: may.decideListing,
      params: ListingParams,
      response: ListingView,
      handle: ({ actor, params: { id } }) => approveListing(app, staff(actor), id),
    }),
    route({
      method: 'POST',
      url: '/api/listings/:id/refusal',
      summary: 'Does not show it, and tells the member why.',
      tag,
      access: may.decideListing,
      params: ListingParams,
      body: RefuseListing,
      response: ListingView,
      handle: ({ actor, params: { id }, body: { reason } }) => refuseListing(app, staff(actor), id, reason),
    }),
    route({
      method: 'DELETE',
      url: '/api/listings/:id',
      summary: 'Takes what is public of a member off, at once.',
      tag,
      access: may.decideListing,
      params: ListingParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await takeOffListing(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}

function textRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/public-texts',
      summary: "Shows the texts of your programme's public pages.",
      tag,
      access: may.listPublicTexts,
      response: PublicTexts,
      handle: ({ actor }) =>
        app.db.read(actor, async (tx) => {
          const items = await showTexts(tx, staff(actor))
          const operators = await tx.asSystem((db) => listPublicOperators({ ...tx, db }))
          return { items, page: operators.find(({ id }) => id === staff(actor).operator)?.path ?? '/programme' }
        }),
    }),
    route({
      method: 'PUT',
      url: '/api/public-texts/:slug',
      summary: "Publishes a text of your programme's public pages, at once.",
      tag,
      access: may.publishText,
      params: TextParams,
      body: PublishText,
      response: PublicText,
      handle: ({ actor, params: { slug }, body }) => publishText(app, staff(actor), slug, body),
    }),
  ]
}
