import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { TEXT_SLUGS, type PublicText, type TextSlug } from '#program/membership/directory/contract.ts'
import { insertText, listTexts, publicTextRow } from '#program/membership/directory/text-store.ts'

type View = z.input<typeof PublicText>

/** Every text of the operator; one that was never written has version 0. */
export async function showTexts(tx: Tx, { operator }: OperatorActor): Promise<View[]> {
  const stored = new Map((await listTexts(tx, operator)).map((text) => [text.slug, text]))
  return TEXT_SLUGS.map((slug) => {
    const text = stored.get(slug)
    if (!text) return { slug, version: 0, markdown: '', published: null }
    return { slug, version: text.version, markdown: text.markdown, published: { by: text.published_by, at: text.published_at } }
  })
}

/** Publishes a text as the version after the one that was read; an empty text takes it off. Throws CONFLICT when another was published meanwhile. */
export async function publishText(
  app: App,
  actor: OperatorActor,
  slug: TextSlug,
  { markdown, version: read }: { readonly markdown: string; readonly version: number },
): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const before = (await showTexts(tx, actor)).find((text) => text.slug === slug)!
    const version = read + 1
    const text = { operator: actor.operator, slug, version, markdown, by: actor.person, at: app.clock.now() }
    if (before.version !== read || !(await insertText(tx, text))) throw new Problem('CONFLICT', 'Somebody else published this text meanwhile.')
    const binds = [publicTextRow({ operator_id: actor.operator, slug, version: String(version) })]
    app.audit.record(tx, { action: 'public-text.published', subject: actor.operator, binds, details: { slug, version } })
    return (await showTexts(tx, actor)).find((text) => text.slug === slug)!
  })
}
