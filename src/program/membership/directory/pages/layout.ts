import type { FastifyReply } from 'fastify'
import { html, type Html } from '#program/membership/directory/pages/html.ts'

/** No script, no frame, no form, nothing of another place. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
/** How long a copy may be shown without asking again. */
const KEPT_S = 60
export const HTML_TYPE = 'text/html; charset=utf-8'

export type Place = 'programme' | 'criteria' | 'faq' | 'members'
const PLACES: readonly { readonly place: Place; readonly tail: string; readonly label: string }[] = [
  { place: 'programme', tail: '', label: 'Programme' },
  { place: 'criteria', tail: '/criteria', label: 'Criteria' },
  { place: 'faq', tail: '/faq', label: 'Questions' },
  { place: 'members', tail: '/members', label: 'Members' },
]

export interface PublicPage {
  readonly title: string
  /** Whose page it is, and where its programme begins; undefined where nothing was found. */
  readonly operator?: { readonly name: string; readonly path: string } | undefined
  /** Whose name stands above a page that belongs to no programme's pages. */
  readonly mark?: string
  readonly place?: Place
  /** The same as data. */
  readonly json?: string
  readonly content: Html
}

/** A whole page: readable without a script, in both schemes, on a telephone and on paper. */
export function layout({ title, operator, mark, place, json, content }: PublicPage): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}${operator && ` · ${operator.name}`}</title>
        <link rel="stylesheet" href="/programme/style.css" />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        ${json && html`<link rel="alternate" type="application/json" href="${json}" />`}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
          <p class="mark">${operator?.name ?? mark ?? 'Vedette'}</p>
          ${operator && html`<nav aria-label="Programme">${PLACES.map((one) => html`<a href="${operator.path}${one.tail}" ${one.place === place && html` aria-current="page"`}>${one.label}</a>`)}<a href="/apply">Apply</a><a class="in" href="/">Sign in</a></nav>`}
        </header>
        <main id="content">
          <h1>${title}</h1>
          ${content}
        </main>
        <footer>${json ? html`<p>The same as data: <a href="${json}">${json}</a></p>` : ''}</footer>
      </body>
    </html> `.markup
}

/** Headers of a page that anybody may keep for a minute. */
export function asPublicPage(reply: FastifyReply): void {
  reply.header('content-security-policy', CONTENT_SECURITY_POLICY).header('cache-control', `public, max-age=${KEPT_S}`)
}

/** What stands at an address that leads to nothing, whatever the reason: byte for byte the same. */
export function notFoundPage(reply: FastifyReply, title: string, words: string): string {
  reply.code(404).header('content-security-policy', CONTENT_SECURITY_POLICY)
  return layout({ title, content: html`<p>${words}</p>` })
}
