import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { CALENDAR_MEDIA_TYPE, CalendarFeedView, FeedParams, MadeCalendarFeed, MakeCalendarFeed } from '#program/calendar-feed/contract.ts'
import { endOwnFeed, makeFeed, showFeed } from '#program/calendar-feed/make-feed.ts'
import { readFeed } from '#program/calendar-feed/read-feed.ts'
import { may } from '#program/policy.ts'
import { contact } from '#platform/auth/staff.ts'

const tag = 'calendar-feed'
const url = '/api/calendar-feed'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url,
      summary: 'Says whether there is an address for your calendar file.',
      tag,
      access: may.readCalendarFeed,
      response: CalendarFeedView,
      handle: ({ actor }) => showFeed(app, contact(actor)),
    }),
    route({
      method: 'POST',
      url,
      summary: 'Makes an address for your calendar file, which this answer alone holds; an earlier one ends.',
      tag,
      access: may.makeCalendarFeed,
      secret: true,
      body: MakeCalendarFeed,
      status: 201,
      response: MadeCalendarFeed,
      handle: ({ actor, body }) => makeFeed(app, contact(actor), body.titles),
    }),
    route({
      method: 'DELETE',
      url,
      summary: 'Ends the address of your calendar file.',
      tag,
      access: may.endCalendarFeed,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor }) => {
        await endOwnFeed(app, contact(actor))
        return undefined
      },
    }),
    route({
      method: 'GET',
      url: '/calendar/:file',
      summary: "A contact's calendar file (RFC 5545), behind an address that nobody else knows.",
      tag,
      access: 'public',
      anonymous: true,
      secret: true,
      params: FeedParams,
      response: z.string(),
      produces: CALENDAR_MEDIA_TYPE,
      handle: ({ params: { file } }) => readFeed(app, file),
    }),
  ]
}
