import type { z } from 'zod'
import { renderMarkdown } from '#platform/markdown/render-markdown.ts'
import type { CriteriaView, FaqView, FeaturedMembers, MembersQuery, ProgrammeView } from '#program/membership/directory/contract.ts'
import type { PublicOperator } from '#program/membership/directory/operator-store.ts'
import { html, Html } from '#program/membership/directory/pages/html.ts'
import { instantIn } from '#program/membership/directory/pages/instant.ts'
import { layout } from '#program/membership/directory/pages/layout.ts'

type Text = { readonly markdown: string } | null

/** What the programme is, when its tiers read, when it releases next, and how to come in. */
export function programmePage(operator: PublicOperator, view: z.input<typeof ProgrammeView>): string {
  const { zone } = view
  const content = html`${markdown(view.text) ?? html`<p>${view.operator} tells the members of this programme about a vulnerability before its update is out, so that their protections are ready on the day of the release.</p>`}
    <h2>Tiers and windows</h2>
    <p>A member reads from the instant at which the window of its tier opens, and not before. Times are those of ${zone}.</p>
    <div class="scroll" role="region" aria-label="Tiers and windows" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Tier</th>
            <th scope="col">Opens</th>
            <th scope="col">Reads</th>
          </tr>
        </thead>
        <tbody>
          ${view.tiers.map(
            ({ tier, opens, reads }) =>
              html`<tr>
                <th scope="row">${capital(tier)}</th>
                <td>${opens}</td>
                <td>${reads}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <h2>Next releases</h2>
    <div class="scroll" role="region" aria-label="Next releases" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Release</th>
            <th scope="col">Validate opens</th>
            <th scope="col">Advance opens</th>
            <th scope="col">Entry opens</th>
          </tr>
        </thead>
        <tbody>
          ${view.releases.map(
            ({ at, opens }) =>
              html`<tr>
                <th scope="row">${instantIn(zone, at)}</th>
                <td>${instantIn(zone, opens.validate)}</td>
                <td>${instantIn(zone, opens.advance)}</td>
                <td>${instantIn(zone, opens.entry)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="small soft">These follow from the rule ${view.rule}. A release outside it is told to members when it is decided.</p>
    <h2>Becoming a member</h2>
    <p>
      Read the <a href="${operator.path}/criteria">criteria</a>, then <a href="${view.apply}">apply</a>. An application is judged by one person of
      ${view.operator} and decided by another, and you are told why.
    </p>
    ${
      view.contact &&
      html`<h2>Contact</h2>
        ${markdown(view.contact)}`
    }`
  return layout({ title: 'Programme', operator, place: 'programme', json: `${operator.path}.json`, content })
}

const WORDS: Readonly<Record<string, string>> = {
  'worked-example': 'a worked example',
  document: 'a document',
  number: 'a number',
  statement: 'a statement',
  link: 'a link',
  once: 'given once',
  'each-revision': 'given again for each new text',
  yearly: 'given again every year',
  'each-cycle': 'looked at in every cycle',
}
const word = (key: string) => WORDS[key] ?? key
const KINDS = { vendor: 'Security vendors', responder: 'Responders' } as const

/** What is asked of those who apply, in the words that a decision is taken by. */
export function criteriaPage(operator: PublicOperator, { sets }: z.input<typeof CriteriaView>): string {
  const content = html`<p>What is asked of those who <a href="/apply">apply</a>, and of members when they renew.</p>
    ${sets.map(
      ({ id, kind, criteria }) =>
        html`<h2>${KINDS[kind]}</h2>
          <p class="small soft">Set ${id}</p>
          ${criteria.map(
            (one) =>
              html`<section class="card">
                <h3>${one.title}</h3>
                <p>${one.text}</p>
                <p class="small"><strong>${needOf(one)}</strong> Show it by ${list(one.evidence.map(word))}; ${word(one.renewal)}. ${one.judged}</p>
                <p class="small soft">${one.id}${one.waivable && ', can be waived by two people together, with a reason'}</p>
              </section>`,
          )}`,
    )}`
  return layout({ title: 'Criteria', operator, place: 'criteria', json: `${operator.path}/criteria.json`, content })
}

function needOf({ need, requiredFor, alternative }: z.input<typeof CriteriaView>['sets'][number]['criteria'][number]): string {
  const required = requiredFor.length > 0 ? `Required for ${list(requiredFor)}, otherwise kept on record.` : 'Kept on record, not required.'
  const words = need === 'required' ? 'Required.' : required
  return alternative ? `${words} ${alternative} stands for it.` : words
}

/** Questions and answers in the operator's own words. */
export function faqPage(operator: PublicOperator, { text }: z.input<typeof FaqView>): string {
  const content =
    markdown(text) ??
    html`<p>
      Nothing has been written here yet. The <a href="${operator.path}">programme</a> and its <a href="${operator.path}/criteria">criteria</a> say what holds.
    </p>`
  return layout({ title: 'Questions and answers', operator, place: 'faq', json: `${operator.path}/faq.json`, content })
}

/** The members that agreed to be featured. */
export function membersPage(operator: PublicOperator, { members }: z.input<typeof FeaturedMembers>, sort: z.output<typeof MembersQuery>['sort']): string {
  const other = sort === 'name' ? html`<a href="?sort=-name">Sort from Z to A</a>` : html`<a href="?sort=name">Sort from A to Z</a>`
  const content =
    members.length === 0
      ? html`<p>Members are shown here who agreed to be. None is at present.</p>`
      : html`<p>Members who agreed to be shown here. ${other}</p>
          <ul class="members">
            ${members.map(
              ({ name, link, protects, logo }) =>
                html`<li>
                  <span class="logo" aria-hidden="true">${logo ? html`<img src="${logo}" alt="" loading="lazy" />` : name.slice(0, 1)}</span>
                  <strong>${link ? html`<a href="${link}" rel="noopener noreferrer nofollow">${name}</a>` : name}</strong
                  >${protects && html`<p class="small">${protects}</p>`}
                </li>`,
            )}
          </ul>`
  return layout({ title: 'Members', operator, place: 'members', json: `${operator.path}/members.json`, content })
}

function markdown(text: Text): Html | undefined {
  return text ? new Html(renderMarkdown(text.markdown, { topLevel: 2 })) : undefined
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function list(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
