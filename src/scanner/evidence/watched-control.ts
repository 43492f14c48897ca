import { WATCHED_CLASSES } from '#scanner/formats/common-controls.ts'
import { at, perFact } from './evidence.ts'

const UNPUBLISHED = { id: 'CVE-2012-1856', why: 'the class fits, but which state of the control releases what it uses is not published' }
const CANDIDATES: Readonly<Record<string, { readonly id: string; readonly why: string }>> = { TabStrip: UNPUBLISHED, Toolbar: UNPUBLISHED }

/** A control whose class was attacked, and whose state cannot be told apart from a harmless one: a note with a candidate. */
export const watchedControl = perFact(
  {
    id: 'watched-control',
    candidates: ['CVE-2012-1856'],
    requires: ['a storage or state of an ActiveX control of a class that was attacked (TabStrip, Toolbar)'],
    source: 'Microsoft bulletin MS12-060 and the check of its controls by Nessus; oletools clsid.py; QuickSand, exploit_MS12_060_tomato_garden',
  },
  'control-class',
  (fact) => {
    const name = WATCHED_CLASSES.get(fact.clsid)
    const candidate = CANDIDATES[name ?? '']
    if (!name || !candidate) return undefined
    return {
      kind: 'note',
      severity: 'low',
      summary: `The document carries a ${name} control.`,
      attack: [],
      candidate,
      proof: [{ ...at(fact), field: 'control class', value: fact.clsid }],
    }
  },
)
