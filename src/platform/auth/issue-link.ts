import type { App } from '#platform/app.ts'
import { linkRow, insertLink, revokeLinks } from '#platform/auth/link-store.ts'
import { createSecret } from '#platform/auth/secret.ts'
import { LINK_LIFE_MS, type LinkPurposeName } from '#platform/auth/session.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

export interface IssuedLink {
  /** Shown once. The secret is the fragment, which browsers send to no server, so that it reaches no log. */
  readonly url: string
  readonly expiresAt: Date
  /** What the caller's audit record has to bind: the new link, and the earlier ones that it voids. */
  readonly binds: readonly Binding[]
}

/** Makes a one-time link for a person, or for the first operator, and voids the unused ones before it. The caller has authorised it and records it. */
export async function issueLink(app: App, tx: Tx, purpose: LinkPurposeName, person: PersonId | undefined): Promise<IssuedLink> {
  if (purpose === 'demonstration' && app.config.edition !== 'demo') throw new Error('a demonstration link outside the demonstration')
  const at = app.clock.now()
  const expiresAt = new Date(at.getTime() + LINK_LIFE_MS[purpose])
  const { text, hash } = createSecret('link')
  const id = app.ids.next()
  const voided = await revokeLinks(tx, person, at)
  await insertLink(tx, { id, person, purpose, hash, at, expiresAt })
  return { url: `${app.config.url.origin}/welcome#${text}`, expiresAt, binds: [id, ...voided].map((link) => linkRow({ id: link })) }
}
