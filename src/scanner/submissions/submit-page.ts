import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { LONGEST_URL, type SubmitPage } from '#scanner/submissions/contract.ts'
import { optionsOfPage } from '#scanner/submissions/options.ts'
import { takeIn, type SubmitResult } from '#scanner/submissions/submit-file.ts'

/**
 * Takes the address of a page in, to be opened in a browser. It is kept sealed like a file: an address may name its victim. Throws as `submitFile` does, and
 * VALIDATION_FAILED for what is no address of a page.
 */
export async function submitPage(app: App, actor: PersonActor, page: z.output<typeof SubmitPage>): Promise<SubmitResult> {
  const { tlp, share, operator } = page
  const url = pageAddress(page.url)
  const wish = { kind: 'page', tlp, share, operator, options: optionsOfPage(page) } as const
  return takeIn(app, actor, wish, { bytes: inOnePiece(Buffer.from(url)), name: url, field: '/body/operator' })
}

/** The address as a browser reads it, without its fragment's being lost. Whether its host may be reached the proxy decides, at each request. */
function pageAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const refused = (message: string) => new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/url', message }] })
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw refused('an address that begins with http:// or https://')
  if (url.username !== '' || url.password !== '') throw refused('an address without a name and a password')
  if (url.href.length > LONGEST_URL) throw refused(`at most ${LONGEST_URL} characters`)
  return url.href
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}
