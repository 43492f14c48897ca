import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { Problem } from '#platform/errors.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { route, type Route } from '#platform/http/route.ts'
import { countUnread } from '#platform/notices/count-unread.ts'
import {
  MAILED_KINDS,
  MailChoiceList,
  MailChoiceParams,
  NOTICE_KINDS,
  Notice,
  NoticeId,
  NoticePage,
  NoticeParams,
  NoticeQuery,
  SetMailChoice,
  UnreadCount,
  noticeText,
  type NoticeKind,
} from '#platform/notices/contract.ts'
import { may } from '#platform/notices/policy.ts'
import { listMailChoices, listNotices, markAllRead, markRead, setMailChoice, type NoticeRow } from '#platform/notices/store.ts'

const LIST = 'notices'
const Position = z.tuple([NoticeId])

/** A person's inbox. */
export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/notices',
      summary: 'Lists your notices, newest first.',
      tag: 'notices',
      access: may.list,
      query: NoticeQuery,
      response: NoticePage,
      handle: async ({ actor, query }) => {
        const after = query.cursor === undefined ? undefined : Position.parse(openCursor(app, LIST, query.cursor))[0]
        const page = { limit: query.limit + 1, unread: query.unread === 'true', after }
        const rows = await app.db.read(actor, (tx) => listNotices(tx, actor.person, page))
        const items = rows.slice(0, query.limit)
        const last = items.at(-1)
        return { items: items.map(shown), next: rows.length > query.limit && last ? sealCursor(app, LIST, [last.id]) : null }
      },
    }),
    route({
      method: 'GET',
      url: '/api/notices/unread-count',
      summary: 'Counts your unread notices.',
      tag: 'notices',
      access: may.list,
      response: UnreadCount,
      handle: async ({ actor }) => ({ unread: await app.db.read(actor, (tx) => countUnread(tx, actor.person)) }),
    }),
    route({
      method: 'POST',
      url: '/api/notices/:id/read',
      summary: 'Marks one of your notices as read.',
      tag: 'notices',
      access: may.markRead,
      params: NoticeParams,
      response: Notice,
      handle: async ({ actor, params }) => {
        const row = await app.db.transaction(actor, (tx) => markRead(tx, actor.person, params.id, app.clock.now()))
        if (row === undefined) throw new Problem('NOT_FOUND')
        return shown(row)
      },
    }),
    route({
      method: 'POST',
      url: '/api/notices/read-all',
      summary: 'Marks all of your notices as read.',
      tag: 'notices',
      access: may.markRead,
      response: UnreadCount,
      handle: async ({ actor }) =>
        app.db.transaction(actor, async (tx) => {
          await markAllRead(tx, actor.person, app.clock.now())
          return { unread: await countUnread(tx, actor.person) }
        }),
    }),
    ...mailChoiceRoutes(app),
  ]
}

/** Which kinds of notice a person is told of by mail too. */
function mailChoiceRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/notices/mail-choices',
      summary: 'Lists the kinds of notice that can come by mail, and which of them you want so.',
      tag: 'notices',
      access: may.readMailChoices,
      response: MailChoiceList,
      handle: async ({ actor }) => ({ items: shownChoices(await app.db.read(actor, (tx) => listMailChoices(tx, actor.person))) }),
    }),
    route({
      method: 'PUT',
      url: '/api/notices/mail-choices/:kind',
      summary: 'Says whether you want a kind of notice by mail too.',
      tag: 'notices',
      access: may.setMailChoice,
      params: MailChoiceParams,
      body: SetMailChoice,
      response: MailChoiceList,
      handle: async ({ actor, params, body }) => {
        const kind = MAILED_KINDS.find((one) => one === params.kind)
        if (kind === undefined) throw new Problem('NOT_FOUND')
        return app.db.transaction(actor, async (tx) => {
          await setMailChoice(tx, { person: actor.person, kind, wanted: body.wanted })
          return { items: shownChoices(await listMailChoices(tx, actor.person)) }
        })
      },
    }),
  ]
}

function shownChoices(choices: ReadonlyMap<string, boolean>) {
  return MAILED_KINDS.map((kind) => ({ kind, text: noticeText(kind, { name: 'an operator' }), wanted: choices.get(kind) ?? true }))
}

function shown(row: NoticeRow): z.input<typeof Notice> {
  const kind = row.kind as NoticeKind
  const data = row.data as Record<string, unknown>
  return { id: row.id, kind, text: noticeText(kind, data), link: NOTICE_KINDS[kind].link, createdAt: row.created_at, readAt: row.read_at }
}
