import type { OtherFinding } from '#scanner/verdict/finding.ts'
import type { FactOf } from '#scanner/intake/fact.ts'
import { at, perFact, shown, type Judged } from './evidence.ts'
import { plainTarget } from './plain-target.ts'
import { isOwnMachine } from './unc.ts'

/** Why MHTML that is fetched is not the exploit. */
export const MHTML_ALONE = 'the target is MHTML, and nothing in it hands it on as a program (!x-usc:)'

/** Relationship types whose external target is fetched when the document opens or is updated; a hyperlink is none. */
const FETCHED: Record<string, { readonly summary: string; readonly severity: OtherFinding['severity']; readonly attack: readonly string[] }> = {
  attachedtemplate: { summary: 'The document takes its template from outside', severity: 'high', attack: ['T1221'] },
  oleobject: { summary: 'An object of the document is fetched from outside', severity: 'high', attack: ['T1221'] },
  frame: { summary: 'A frame of the document is fetched from outside', severity: 'medium', attack: ['T1221'] },
  subdocument: { summary: 'A part of the document is fetched from outside', severity: 'medium', attack: ['T1221'] },
  afchunk: { summary: 'A chunk of another format is fetched from outside', severity: 'high', attack: ['T1221'] },
}

/**
 * An external relationship that loads content into the document: template, OLE object, frame, subdocument, chunk. The target
 * has to lead to another host or to a script; the normal template of the author's own machine is a note.
 */
export const externalRelationship = perFact(
  {
    id: 'external-relationship',
    candidates: ['CVE-2017-0199', 'CVE-2021-40444', 'CVE-2022-30190'],
    requires: [
      'an external relationship that loads content: template, object, frame, subdocument or chunk',
      'a target on another host or a scheme that starts a handler',
      'or: a picture or medium on a file share',
    ],
    source: 'ECMA-376 part 2, relationships; ATT&CK T1221 and T1187',
  },
  'relationship',
  (fact) => {
    if (!fact.external) return undefined
    const type = fact.type.slice(fact.type.lastIndexOf('/') + 1).toLowerCase()
    const rule = Object.hasOwn(FETCHED, type) ? FETCHED[type] : undefined
    if (!rule) return showsFromOutside(type, fact)
    const remote = isRemote(fact.target)
    const proof = [{ ...at(fact), field: `${type} relationship target`, value: shown(fact.target) }]
    if (!remote) return { kind: 'note', severity: 'info', summary: `${rule.summary}, from the machine itself.`, attack: [], proof }
    const candidate = candidateOf(type, fact.target)
    return { kind: 'technique', severity: rule.severity, summary: `${rule.summary}.`, attack: [...rule.attack], ...(candidate && { candidate }), proof }
  },
)

/** Pictures and media that are fetched as the document is shown. */
const SHOWN = new Set(['image', 'video', 'audio', 'media'])

/** A picture on a file share makes Windows sign in there as the document is shown; one behind an ordinary address only tells that it was. */
function showsFromOutside(type: string, fact: FactOf<'relationship'>): Judged | undefined {
  if (!SHOWN.has(type) || !isRemote(fact.target)) return undefined
  const share = /^(file:|\\\\|\/\/)/i.test(fact.target.trim())
  return {
    kind: share ? 'technique' : 'note',
    severity: share ? 'medium' : 'info',
    summary: share
      ? 'A picture or medium of the document lies on a file share, to which showing it signs in.'
      : 'A picture or medium of the document lies on another host.',
    attack: share ? ['T1187'] : [],
    proof: [{ ...at(fact), field: `${type} relationship target`, value: shown(fact.target) }],
  }
}

function candidateOf(type: string, target: string): OtherFinding['candidate'] {
  const plain = plainTarget(target)
  if (/^mhtml:/i.test(plain)) return { id: 'CVE-2021-40444', why: MHTML_ALONE }
  if (type !== 'oleobject') return undefined
  if (plain.endsWith('!')) return { id: 'CVE-2022-30190', why: 'the page behind the relationship has to lead to ms-msdt:, and was not fetched' }
  return /^https?:/i.test(plain) ? { id: 'CVE-2017-0199', why: 'what is behind the relationship has to be an HTA or a script, and was not fetched' } : undefined
}

/** True for a target on another host, or one that starts a handler: a scheme other than file, a UNC path, a file URL with a host. */
export function isRemote(target: string): boolean {
  const text = plainTarget(target).toLowerCase()
  if (/^[a-z]:[\\/]/.test(text)) return false
  if (text.startsWith('\\\\') || text.startsWith('//')) return true
  if (text.startsWith('file:')) {
    const rest = text.slice(5).replaceAll('\\', '/').replace(/^\/+/, '')
    const slashes = text.slice(5).length - rest.length
    return (
      slashes !== 1 &&
      slashes !== 3 &&
      !/^[a-z][:|]/.test(rest) &&
      !isOwnMachine(rest.slice(0, Math.max(0, rest.indexOf('/')))) &&
      rest.includes('/') &&
      slashes > 0
    )
  }
  return /^[a-z][a-z0-9+.-]{1,30}:/.test(text)
}
