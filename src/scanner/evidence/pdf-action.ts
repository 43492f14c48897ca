import type { FactOf } from '#scanner/intake/fact.ts'
import { at, perFact, shown, type Judged } from './evidence.ts'
import { isRemote } from './external-relationship.ts'

const AUTOMATIC = new Set(['open', 'page', 'document', 'names'])
const APART: Record<NonNullable<FactOf<'pdf-action'>['apart']>, string> = {
  replaced: 'in a version of its object that a later one replaces',
  'inside-stream': 'in an object inside the stream of another',
  'after-end': 'in an object behind the end of the document',
}
const WHEN: Record<FactOf<'pdf-action'>['trigger'], string> = {
  open: 'when the document opens',
  names: 'when the document opens',
  page: 'when a page is shown or left',
  document: 'when the document is closed, saved or printed',
  user: "at the reader's act",
  unknown: 'at an event that was not found',
}

/**
 * Actions of a PDF that run something. Launch is a technique whatever starts it, unless it only opens a PDF
 * beside the document; JavaScript when it starts by itself; a form that
 * is sent, or data or a document that are fetched, when they start by themselves and lead to another host, and an address that is opened without a click. Others are notes.
 */
export const pdfAction = perFact(
  {
    id: 'pdf-action',
    requires: ['an action that launches, runs JavaScript, sends or fetches', 'for all but Launch: that it starts by itself'],
    source: 'ISO 32000-1, 12.6',
  },
  'pdf-action',
  (fact) => {
    const automatic = AUTOMATIC.has(fact.trigger)
    const proof = [
      { ...at(fact), field: `/S /${fact.action}, ${fact.trigger}`, value: shown(fact.detail) },
      ...(fact.apart ? [{ ...at(fact), field: 'where it stands', value: APART[fact.apart] }] : []),
    ]
    const note = (summary: string): Judged => ({ kind: 'note', severity: 'info', summary, attack: [], proof })
    const document = /^[^:]{1,300}\.pdf$/i.test(fact.detail) && !isRemote(fact.detail)
    if (fact.action === 'Launch' && document) return note(`The document opens another PDF beside it ${WHEN[fact.trigger]}.`)
    if (fact.action === 'Launch')
      return {
        kind: 'technique',
        severity: 'high',
        summary: `The document starts a program or opens a file ${WHEN[fact.trigger]}.`,
        attack: ['T1204.002'],
        proof,
      }
    if (fact.action === 'JavaScript') {
      return automatic
        ? { kind: 'technique', severity: 'medium', summary: `JavaScript runs ${WHEN[fact.trigger]}.`, attack: ['T1059.007'], proof }
        : note(`JavaScript runs ${WHEN[fact.trigger]}.`)
    }
    if (fact.action === 'URI') {
      if (automatic)
        return { kind: 'technique', severity: 'medium', summary: `The document opens an address ${WHEN[fact.trigger]}.`, attack: ['T1204.001'], proof }
      return note(`The document leads to another kind of address than a page ${WHEN[fact.trigger]}.`)
    }
    if (!['SubmitForm', 'ImportData', 'GoToR', 'GoToE'].includes(fact.action)) return undefined
    if (automatic && isRemote(fact.detail)) {
      return {
        kind: 'technique',
        severity: 'high',
        summary: `The document reaches another host by ${fact.action} ${WHEN[fact.trigger]}.`,
        attack: ['T1187'],
        proof,
      }
    }
    return isRemote(fact.detail) ? note(`The document reaches another host by ${fact.action} ${WHEN[fact.trigger]}.`) : undefined
  },
)
