import { at, perFact, shown } from './evidence.ts'

/** Events that come without anybody's act: opening, showing, closing. */
const BY_ITSELF =
  /^(dom|office):(load|load-finished|view-created|new|unload|prepare-view-closing|view-closed|start-app|create|focus|domfocusin|mouseover)$|^on-?load|^on-?unload/i

/** An event of an OpenDocument file that runs a script: a technique when it comes by itself, a note when somebody has to click. */
export const odfScript = perFact(
  {
    id: 'odf-script',
    candidates: ['CVE-2022-3140'],
    requires: ['an event or a link of an OpenDocument file bound to a script URL'],
    source: 'OpenDocument 1.3 part 3, 14.4.2; ATT&CK T1059.005, T1059.006',
  },
  'odf-script',
  (fact) => {
    const itself = BY_ITSELF.test(fact.event)
    const candidate = /^\s*vnd\.libreoffice\.command:/i.test(fact.url)
      ? { id: 'CVE-2022-3140', why: 'which command and arguments reach a macro of the office is not publicly described' }
      : undefined
    return {
      kind: itself ? 'technique' : 'note',
      severity: itself ? 'high' : 'medium',
      summary: itself ? 'The document runs a script by itself.' : 'The document runs a script when somebody clicks.',
      attack: ['T1059', 'T1204.002'],
      ...(candidate && { candidate }),
      proof: [{ ...at(fact), field: `script bound to ${shown(fact.event)}`, value: shown(fact.url) }],
    }
  },
)
