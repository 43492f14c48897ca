import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { recordFor } from '#platform/auth/record-for.ts'
import { holdOwnAccount } from '#platform/auth/hold-own-account.ts'
import type { CalendarFeedView, MadeCalendarFeed } from '#program/calendar-feed/contract.ts'
import { createFeedToken, fileOf } from '#program/calendar-feed/feed-token.ts'
import { endFeed, feedRow, findFeed, insertFeed, type FeedId } from '#program/calendar-feed/store.ts'

/** Makes an address of the contact's calendar file; an earlier one ends. It is in this answer and in no other. */
export function makeFeed(app: App, actor: ContactActor, titles: boolean): Promise<z.input<typeof MadeCalendarFeed>> {
  return app.db.transaction(actor, async (tx) => {
    await holdOwnAccount(tx, actor)
    const at = app.clock.now()
    const ended = await endFeed(tx, actor.person, at)
    const id = app.ids.next<'calendar-feed'>() as FeedId
    const { token, hash } = createFeedToken()
    await insertFeed(tx, { id, person: actor.person, hash, titles, at })
    const binds = [id, ...(ended ? [ended] : [])].map((one) => feedRow({ id: one }))
    await recordFor(app, tx, actor.person, { action: 'calendar-feed.made', subject: id, binds })
    return { createdAt: at, titles, url: `${app.config.url.origin}/calendar/${fileOf(token)}` }
  })
}

/** Ends the contact's address, if there is one. */
export async function endOwnFeed(app: App, actor: ContactActor): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const id = await endFeed(tx, actor.person, app.clock.now())
    if (id) await recordFor(app, tx, actor.person, { action: 'calendar-feed.ended', subject: id, binds: [feedRow({ id })] })
  })
}

export async function showFeed(app: App, actor: ContactActor): Promise<z.input<typeof CalendarFeedView>> {
  const feed = await app.db.read(actor, (tx) => findFeed(tx, actor.person))
  return { feed: feed ? { createdAt: feed.created_at, titles: feed.titles } : null }
}
