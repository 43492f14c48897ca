import type { Finding, Proof } from '#scanner/verdict/finding.ts'
import type { PageScript } from '#scanner/formats/html.ts'
import { at, shown, type Evidence } from './evidence.ts'
import { pageScripts } from './page-text.ts'
import { callProof, callsOf, numberOf, type Call } from './script-call.ts'

const RUNS =
  /^(?:ActiveXObject|GetObject|WScript\.CreateObject|CreateObject)\((?:wscript\.shell|shell\.application|schedule\.service|mmc20\.application)[^)]{0,40}\)\.(?:run|exec|shellexecute|executeshellcommand)$/i
const SHELL = /createobject\s{0,8}\(\s{0,8}"(?:wscript\.shell|shell\.application)/i
const STARTS = /\.\s{0,8}(?:run|exec|shellexecute)\b[^\r\n]{0,300}/i

/** Scripts that start a program: of a page or a script file through the objects of the system, of a PDF through its embedded files. */
export const scriptExecution: Evidence = {
  id: 'script-execution',
  requires: [
    'a call of Run, Exec or ShellExecute of a shell object in JavaScript that was run, or the two together in VBScript',
    'or a call of exportDataObject in the JavaScript of a PDF that opens what it exports (nLaunch 1 or 2)',
  ],
  source: 'Windows Script Host reference; JavaScript for Acrobat API Reference, Doc.exportDataObject',
  judge: (facts) =>
    [...callsOf(facts).map(called), ...pageScripts(facts).map(written)]
      .filter((one) => one !== undefined)
      .slice(0, 5)
      .map(({ summary, attack, proof }): Finding => ({ id: 'script-execution', kind: 'technique', severity: 'high', summary, attack, proof: [proof] })),
}

interface Started {
  readonly summary: string
  readonly attack: readonly string[]
  readonly proof: Proof
}

function called(fact: Call): Started | undefined {
  const { name, values } = fact.call
  const [first] = values
  if (RUNS.test(name)) {
    const command = first?.type === 'text' ? first.head : ''
    return { summary: 'A script starts a program.', attack: ['T1059.007'], proof: callProof(fact, 'command', command) }
  }
  if (name !== 'Doc.exportDataObject') return undefined
  const launch = first?.type === 'object' ? numberOf(first.members['nLaunch']) : numberOf(values[3])
  if (launch !== 1 && launch !== 2) return undefined
  return { summary: 'A script opens a file that is embedded in the document.', attack: ['T1204.002', 'T1059.007'], proof: callProof(fact, 'nLaunch', launch) }
}

function written(fact: PageScript & { readonly path: string }): Started | undefined {
  if (fact.language !== 'vbscript' || !SHELL.test(fact.source)) return undefined
  const start = STARTS.exec(fact.source)
  return start ? { summary: 'A script starts a program.', attack: ['T1059.005'], proof: { ...at(fact), field: 'VBScript', value: shown(start[0]) } } : undefined
}
