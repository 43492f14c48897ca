import { z } from 'zod'

const at = z.date().transform((date) => date.toISOString())

/** Whether a contact has an address for their calendar file, and what it names. The address itself is shown once, when it is made. */
export const CalendarFeedView = z.object({
  feed: z.object({ createdAt: at, titles: z.boolean() }).nullable(),
})
/** `titles`: whether packages that you have received are named in it. Whoever keeps your calendar reads it too. */
export const MakeCalendarFeed = z.strictObject({ titles: z.boolean().default(false) })
export const MadeCalendarFeed = z.object({ createdAt: at, titles: z.boolean(), url: z.string() })

/** What follows `/calendar/`: whatever it is, what is no address of anybody answers the same. */
export const FeedParams = z.object({ file: z.string() })
export const CALENDAR_MEDIA_TYPE = 'text/calendar; charset=utf-8'
