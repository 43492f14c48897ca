import type { Fact, FactOf } from '#scanner/intake/fact.ts'
import type { Finding } from '#scanner/verdict/finding.ts'
import { at, shown } from './evidence.ts'
import { homeOf } from './package-path.ts'

/** The verbs that open an object or show it, and nothing else (IOleObject::DoVerb: primary 0, show -1, open -2, hide -3, edit 1). */
const LAST_PLAIN_VERB = 2

/** Verbs of a slide's timing that choose an entry of the menu of the file itself, such as to install or to run it. */
export function menuVerbs(facts: readonly Fact[]): FactOf<'slide-verb'>[] {
  return facts.filter((fact): fact is FactOf<'slide-verb'> => fact.kind === 'slide-verb' && Number(fact.verb) > LAST_PLAIN_VERB)
}

export interface PackagedFile {
  readonly fact: Fact
  readonly file: string
}

/** One finding for a verb and the files of the same presentation that it would be carried out on. */
export function verbFinding(
  verbs: readonly FactOf<'slide-verb'>[],
  files: readonly PackagedFile[],
  of: { readonly id: string; readonly cve: string; readonly confidence: number; readonly summary: string; readonly field: string },
): Finding[] {
  const verb = verbs.find(({ path }) => files.some(({ fact }) => isSamePackage(path, fact.path)))
  if (!verb) return []
  const own = files.filter(({ fact }) => isSamePackage(verb.path, fact.path))
  return [
    {
      id: of.id,
      kind: 'exploit',
      cve: of.cve,
      confidence: of.confidence,
      severity: 'high',
      summary: of.summary,
      attack: ['T1203', 'T1204.002'],
      proof: [
        { ...at(verb), field: 'timing command, verb', value: Number(verb.verb), limit: LAST_PLAIN_VERB },
        ...own.slice(0, 8).map(({ fact, file }) => ({ ...at(fact), field: of.field, value: shown(file) })),
      ],
    },
  ]
}

/** True for a slide and an object (at any depth) of the same presentation. */
function isSamePackage(slide: string, object: string): boolean {
  const home = homeOf(slide)
  return home === '' || object.startsWith(`${home}!/`)
}
