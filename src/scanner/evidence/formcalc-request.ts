import { at, perFact, shown, type Judged } from './evidence.ts'

const MOST_SEARCHED = 2 ** 20
const FORMCALC = /contentType\s{0,10}=\s{0,10}["']application\/x-formcalc["']/i
const REQUEST = /\b(get|post|put)\s{0,20}\(\s{0,20}(?:&quot;|")\s{0,20}([^"&]{1,300})/i

/**
 * FormCalc of an XFA form that sends or fetches. In a browser it does so as the person who reads the document. That an answer leads on to a third
 * host, which Adobe Reader did not check, happens at that host and stands nowhere in the document: CVE-2014-8453 stays a candidate.
 */
export const formcalcRequest = perFact(
  {
    id: 'formcalc-request',
    candidates: ['CVE-2014-8453'],
    requires: ['an XFA form with FormCalc', 'a call of Get, Post or Put with an address'],
    source: 'XFA 3.3, FormCalc, URL functions; Adobe APSB14-28; A. Inführ, "Multiple PDF vulnerabilities"',
  },
  'xfa',
  (fact): Judged | undefined => {
    const text = fact.bytes.toString('latin1', 0, MOST_SEARCHED)
    const language = FORMCALC.exec(text)
    const call = language && REQUEST.exec(text.slice(language.index))
    if (!language || !call || !/^(https?:|\/|[\w.-]{1,200}\.)/i.test(call[2]!)) return undefined
    return {
      kind: 'technique',
      severity: 'high',
      summary: `A form calls ${call[1]!.toLowerCase()} with an address, as the person who reads it.`,
      attack: ['T1185'],
      candidate: { id: 'CVE-2014-8453', why: 'The host that is asked has to lead on to another one, which no document shows.' },
      proof: [{ ...at(fact), offset: language.index + call.index, length: call[0].length, field: `FormCalc ${call[1]}`, value: shown(call[2]!) }],
    }
  },
)
