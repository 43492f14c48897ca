import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { CriteriaSet } from '#program/membership/criteria/criterion.ts'
import type { CriteriaView, FaqView, FeaturedMembers, MembersQuery, ProgrammeView, TextSlug } from '#program/membership/directory/contract.ts'
import { listFeatured } from '#program/membership/directory/featured-store.ts'
import { findPublicOperator, type PublicOperator } from '#program/membership/directory/operator-store.ts'
import { setsInForce } from '#program/membership/directory/sets-in-force.ts'
import { listTexts } from '#program/membership/directory/text-store.ts'
import type { WindowRule } from '#program/releases/programme.ts'
import { programmeInForce } from '#program/releases/rules/in-force.ts'
import { ruleHistory } from '#program/releases/rules/rules-store.ts'
import { upcomingReleases } from '#program/releases/upcoming.ts'

/** What a public page shows, and whose it is. */
export interface Shown<V> {
  readonly operator: PublicOperator
  readonly view: V
}

/** Reads for everybody and nobody: the outcome depends on what is public and on nothing else. Undefined where there is no such operator. */
async function read<V>(app: App, slug: string | undefined, view: (tx: Tx, operator: PublicOperator) => Promise<V>): Promise<Shown<V> | undefined> {
  return app.db.read(system('directory'), async (tx) => {
    const operator = await findPublicOperator(tx, slug)
    return operator && { operator, view: await view(tx, operator) }
  })
}

/** What the programme is. */
export function readProgramme(app: App, slug: string | undefined): Promise<Shown<z.input<typeof ProgrammeView>> | undefined> {
  return read(app, slug, async (tx, operator) => {
    const text = await textsOf(tx, operator)
    const history = await ruleHistory(tx, operator.id)
    const { release, windows } = programmeInForce(history)
    const opens = ({ days, unit }: WindowRule) =>
      `${days} ${unit === 'calendar-days' ? 'calendar' : 'business'} ${days === 1 ? 'day' : 'days'} before the release`
    return {
      operator: operator.name,
      text: text('programme'),
      contact: text('contact'),
      rule: release.id,
      zone: release.zone,
      tiers: [
        { tier: 'validate', opens: opens(windows.validate), reads: 'Detection guidance and what is marked for testing protections; the rest with the release' },
        { tier: 'advance', opens: opens(windows.advance), reads: 'Every part; a proof of concept takes a separate right' },
        { tier: 'entry', opens: opens(windows.entry), reads: 'Every part; a proof of concept takes a separate right' },
        { tier: 'responder', opens: 'No window', reads: 'Nothing of a package before the release; takes part in the exchange' },
      ],
      releases: upcomingReleases(app.clock.now(), history).map(({ instant, windows: opened }) => ({ at: instant, opens: opened })),
      apply: '/apply',
    }
  })
}

/** What is asked of those who apply. */
export function readCriteria(app: App, slug: string | undefined): Promise<Shown<z.input<typeof CriteriaView>> | undefined> {
  return read(app, slug, async (tx, operator) => ({ operator: operator.name, sets: (await setsInForce(tx, operator.id)).map(showSet) }))
}

/** The operator's answers. */
export function readFaq(app: App, slug: string | undefined): Promise<Shown<z.input<typeof FaqView>> | undefined> {
  return read(app, slug, async (tx, operator) => ({ operator: operator.name, text: (await textsOf(tx, operator))('faq') }))
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** The members that agreed to be featured. */
export function readMembers(
  app: App,
  slug: string | undefined,
  sort: z.output<typeof MembersQuery>['sort'],
): Promise<Shown<z.input<typeof FeaturedMembers>> | undefined> {
  return read(app, slug, async (tx, operator) => {
    const members = await listFeatured(tx, operator.id, app.clock.now())
    const sorted = members.toSorted((a, b) => collator.compare(a.name, b.name) * (sort === 'name' ? 1 : -1))
    return { operator: operator.name, members: sorted.map((member) => ({ ...member, logo: member.logo && `/programme/logos/${member.logo}.png` })) }
  })
}

async function textsOf(tx: Tx, { id }: PublicOperator) {
  const texts = await listTexts(tx, id)
  return (slug: TextSlug) => {
    const text = texts.find((one) => one.slug === slug)
    return text && text.markdown.trim() !== '' ? { markdown: text.markdown, publishedAt: text.published_at } : null
  }
}

function showSet({ id, kind, criteria }: CriteriaSet): z.input<typeof CriteriaView>['sets'][number] {
  return {
    id,
    kind,
    criteria: criteria.map((one) => ({
      ...one,
      evidence: [...one.evidence],
      requiredFor: [...one.requiredFor],
      alternative: one.alternative ?? null,
      threshold: one.threshold ?? null,
    })),
  }
}
