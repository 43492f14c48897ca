import { CompiledQuery } from 'kysely'
import type { App } from '#platform/app.ts'
import { allowPackages } from '#exchange/embargoes/ask-packages.ts'
import type { Statement } from '#exchange/objects/feed-query.ts'
import type { Reader } from '#exchange/objects/open-reader.ts'

/** What a statement about feeds answers in the reader's name. Where something in them hangs on packages the program is asked first (V2): otherwise nothing of it is there. */
export async function askFeeds<Row>(app: App, { actor, packages }: Pick<Reader, 'actor' | 'packages'>, { text, values }: Statement): Promise<Row[]> {
  if (packages.length === 0) return app.db.ask<Row>(actor, text, values)
  return app.db.read(actor, async (tx) => {
    await allowPackages(app, tx, actor, packages)
    return (await tx.db.executeQuery<Row>(CompiledQuery.raw(text, [...values]))).rows
  })
}
