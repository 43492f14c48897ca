import type { App } from '#platform/app.ts'
import { attempt } from '#platform/auth/attempts.ts'
import { addressSubject, type Client } from '#platform/auth/client.ts'
import type { UsableLink } from '#platform/auth/link-store.ts'
import { usableLink } from '#platform/auth/use-link.ts'

/** What a one-time link is for, without using it up. Looking counts as a try like using does. Throws SIGN_IN_FAILED. */
export async function inspectLink(app: App, token: string, client: Client): Promise<UsableLink> {
  return attempt(app, [addressSubject(client.address)], async (tx) => {
    const link = await usableLink(app, tx, token)
    return link ? { ok: true, value: link } : { ok: false }
  })
}
