import type { Finding, Proof } from '#scanner/verdict/finding.ts'
import type { PageScript } from '#scanner/formats/html.ts'
import { at, shown, type Evidence } from './evidence.ts'
import { pageScripts } from './page-text.ts'
import { callProof, callsOf, type Call } from './script-call.ts'

const PROGRAM = /\b(?:powershell|pwsh|mshta|msiexec|rundll32|regsvr32|certutil|bitsadmin|wscript|cscript|conhost|cmd(?:\.exe)?\s{1,8}\/[ck])\b/i
const FETCHES = /https?:|\\\\\\?\\?[\w.-]{3,60}|-e(?:nc|ncodedcommand)?\s{1,8}[\w+/=]{20}|\biex\b|invoke-expression|downloadstring|\birm\b|\biwr\b/i
const COPIES = /clipboard\s{0,8}\.\s{0,8}writeText|clipboardData\s{0,8}\.\s{0,8}setData|execCommand\s{0,8}\(\s{0,8}["']copy/
/** Characters of a script round its copying in which a command is looked for. */
const NEAR = 20_000

/** A page that puts a command into the clipboard, for a person to paste into a window that runs it ("ClickFix"). */
export const clipboardCommand: Evidence = {
  id: 'clipboard-command',
  requires: [
    'a script of a page that writes into the clipboard',
    'what it writes, or where that was not followed what the same script holds, is a command of a program that runs others',
    'the command fetches something or is encoded',
  ],
  source: 'W3C Clipboard API; Proofpoint, ClickFix, 2024-06; ATT&CK T1204.004',
  judge: (facts) => {
    const proofs = [...callsOf(facts).map(written), ...pageScripts(facts).map(held)].filter((proof) => proof !== undefined)
    return proofs.slice(0, 1).map((proof): Finding => ({
      id: 'clipboard-command',
      kind: 'technique',
      severity: 'high',
      summary: 'A page puts a command into the clipboard for a person to paste and run.',
      attack: ['T1204.004'],
      proof: [proof],
    }))
  },
}

/** A command that a script was seen to write. */
function written(fact: Call): Proof | undefined {
  if (!/clipboard(Data)?\.(writeText|setData)$/.test(fact.call.name)) return undefined
  const text = fact.call.values.find((value) => value.type === 'text' && isCommand(value.head))
  return text?.type === 'text' ? callProof(fact, 'text', text.head) : undefined
}

/** A command that stands in a script which writes something. */
function held(fact: PageScript & { readonly path: string }): Proof | undefined {
  const copy = COPIES.exec(fact.source)
  if (!copy) return undefined
  const near = fact.source.slice(Math.max(0, copy.index - NEAR), copy.index + NEAR)
  const command = PROGRAM.exec(near)
  if (!command || !isCommand(near)) return undefined
  return { ...at(fact), field: 'command in a script that writes into the clipboard', value: shown(near.slice(command.index, command.index + 200)) }
}

function isCommand(text: string): boolean {
  return PROGRAM.test(text) && FETCHES.test(text)
}
