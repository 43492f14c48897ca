import type { Fact } from '#scanner/intake/fact.ts'
import type { Finding } from '#scanner/verdict/finding.ts'
import { at, shown, type Evidence } from './evidence.ts'

/** Programs of the office itself: a link to them moves data and starts nothing else. */
const OFFICE = /^(excel|winword|word|msaccess|powerpnt|soffice|stdlink|package|\w+\.(sheet|document|chart|show)\b)/i

/**
 * Dynamic data exchange that starts a program: a DDE or DDEAUTO field, or a link formula, whose service is not an office
 * program. A link to an office program is a note. DDE beside a program such as cmd or powershell is severe.
 */
export const dde: Evidence = {
  id: 'dde',
  requires: ['a DDE or DDEAUTO field, or a link formula', 'a service that is no office program'],
  source: 'ECMA-376 part 1, 17.16; ATT&CK T1559.002',
  judge: (facts) => facts.flatMap(judgeOne),
}

function judgeOne(fact: Fact): Finding[] {
  if (fact.kind === 'dde-link')
    return fact.service === '' ? [] : [finding(fact, { field: 'DDE link', service: fact.service, text: `${fact.service}|${fact.topic}` })]
  if (fact.kind !== 'field') return []
  const [, word, rest] = /^[\s"]*(DDE(?:AUTO)?)\b(.*)/is.exec(fact.instruction) ?? []
  return word === undefined || !rest?.trim()
    ? []
    : [finding(fact, { field: `${word.toUpperCase()} field`, service: rest.trim().replace(/^["'\s]+/, ''), text: fact.instruction })]
}

function finding(fact: Fact, { field, service, text }: { field: string; service: string; text: string }): Finding {
  const proof = [{ ...at(fact), field, value: shown(text) }]
  if (OFFICE.test(service) && !/cmd|powershell|mshta|wscript|cscript|rundll32|regsvr32|https?:|\\\\/i.test(text)) {
    return { id: 'dde', kind: 'note', severity: 'info', summary: 'The document links data of another office document.', attack: [], proof }
  }
  return { id: 'dde', kind: 'technique', severity: 'high', summary: 'The document starts a program by dynamic data exchange.', attack: ['T1559.002'], proof }
}
