import type { PermittedUse, PermittedUseTerm } from '#program/packages/content-fields.ts'

/** Whether a term of the permitted-use clause allows at an instant: a term with an instant allows from then on (program.md, 6.3). */
export function isPermitted(term: PermittedUseTerm, now: Date): boolean {
  if (typeof term === 'object') return now.getTime() >= Date.parse(term.allowFrom)
  return term === 'allow'
}

/** What a clause answers, in the words of a person who has to keep it. */
export interface ClauseText {
  readonly path: string
  readonly question: string
  readonly term: PermittedUseTerm
}

/** The terms that allow, deny or allow from an instant, in the order in which they are read. Source: program.md, 6.3. */
export function clausesOf({ deploy, name, visible, share }: PermittedUse): readonly ClauseText[] {
  return [
    { path: 'deploy.ownFleet', question: 'Deploy protections on your own systems', term: deploy.ownFleet },
    { path: 'deploy.customers', question: 'Deploy protections to customers', term: deploy.customers },
    { path: 'deploy.blockMode', question: 'Block with them, and not only detect', term: deploy.blockMode },
    { path: 'name.refersToCve', question: 'Name them after the CVE or the flaw', term: name.refersToCve },
    { path: 'visible.probeable', question: 'Let somebody who probes the product notice them', term: visible.probeable },
    { path: 'visible.customerTelemetry', question: 'Let the name of a detection reach customers', term: visible.customerTelemetry },
    { path: 'share.withinGroup', question: 'Discuss the package with other members', term: share.withinGroup },
  ]
}

/** What binaries that a member derives from the package are, in words. */
export function derivedBinariesText(derived: PermittedUse['share']['derivedBinaries']): string {
  return derived === 'covered' ? 'Under the embargo too: signatures, rules and builds made from this package count as the package.' : 'Not under the embargo.'
}

/** The whole clause in plain text, one term in a line. */
export function permittedUseText(use: PermittedUse): string {
  const answer = (term: PermittedUseTerm) => (typeof term === 'object' ? `allowed from ${term.allowFrom}` : term === 'allow' ? 'allowed' : 'not allowed')
  return [
    'What members may do with this package before its release:',
    ...clausesOf(use).map(({ question, term }) => `- ${question}: ${answer(term)}`),
    `- What is derived from it: ${derivedBinariesText(use.share.derivedBinaries)}`,
  ].join('\n')
}
