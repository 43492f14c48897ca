import type { z } from 'zod'
import type { SignedStatement } from '#program/membership/directory/contract.ts'
import { html } from '#program/membership/directory/pages/html.ts'
import { instantIn } from '#program/membership/directory/pages/instant.ts'
import { layout } from '#program/membership/directory/pages/layout.ts'

const KINDS = { vendor: 'Security vendor', responder: 'Responder' } as const

/** That an organisation is a member at this instant. */
export function statementPage({ statement, jws, keys }: z.input<typeof SignedStatement>): string {
  const { member, operator, kind, since, tier, iat, exp, sub } = statement
  const at = (seconds: number) => instantIn('UTC', new Date(seconds * 1000))
  const content = html`<p class="seal">Is a member at ${at(iat)}</p>
    <dl>
      <dt>Member</dt>
      <dd>${member}</dd>
      <dt>Programme of</dt>
      <dd>${operator}</dd>
      <dt>Kind</dt>
      <dd>${KINDS[kind]}</dd>
      ${
        tier &&
        html`<dt>Tier</dt>
          <dd>${tier}</dd>`
      }
      <dt>Since</dt>
      <dd>${since}</dd>
      <dt>Good until</dt>
      <dd>${at(exp)}</dd>
    </dl>
    <p>This page is there only as long as the membership stands. A copy says nothing about any later time.</p>
    <h2>Signed</h2>
    <p>The same as JWS in compact form, signed with Ed25519; the key is at <a href="${keys}">${keys}</a>.</p>
    <pre><code>${jws}</code></pre>`
  return layout({ title: `${member} is a member`, mark: operator, json: new URL(`${sub}.json`).pathname, content })
}

/** The badge that a member may put on its own site: it leads nowhere by itself, and is gone with the membership. */
export function badge({ statement: { operator, member, iat } }: z.input<typeof SignedStatement>): string {
  const day = new Date(iat * 1000).toISOString().slice(0, 10)
  const [above, below] = [`Member of the programme of ${operator}`, `${member} · ${day}`].map(shortened)
  const width = 40 + Math.ceil(Math.max(above!.length * 7.9, below!.length * 6.9))
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${width}"
    height="48"
    viewBox="0 0 ${width} 48"
    role="img"
    aria-label="${member} is a member of the programme of ${operator}"
  >
    <title>${member} is a member of the programme of ${operator}, ${day}</title>
    <rect x="0.5" y="0.5" width="${width - 1}" height="47" rx="4" fill="#ffffff" stroke="#dfe3ea" />
    <path d="M17 11l8 3v7c0 6-3.500 10-8 12-4.500-2-8-6-8-12v-7z" fill="#2a52b3" transform="translate(0 2)" />
    <path d="M13 23l3 3 5-6" fill="none" stroke="#ffffff" stroke-width="2" />
    <text x="33" y="20" font-family="system-ui, sans-serif" font-size="12" font-weight="600" fill="#1b2130">${above}</text>
    <text x="33" y="37" font-family="system-ui, sans-serif" font-size="11" fill="#566072">${below}</text>
  </svg> `.markup
}

function shortened(text: string): string {
  return text.length > 70 ? `${text.slice(0, 69)}…` : text
}
