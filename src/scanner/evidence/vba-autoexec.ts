import type { FactOf } from '#scanner/intake/fact.ts'
import { perFact, shown } from './evidence.ts'
import { hiddenCode } from './vba-stomping.ts'

/** Procedures that Office calls by itself. */
const AUTOMATIC = new Set(
  [
    'AutoOpen',
    'AutoClose',
    'AutoExec',
    'AutoExit',
    'AutoNew',
    'Auto_Open',
    'Auto_Close',
    'Auto_Activate',
    'Auto_Add',
    'Auto_Remove',
    'Document_Open',
    'DocumentOpen',
    'Document_Close',
    'DocumentBeforeClose',
    'Document_BeforeClose',
    'Document_New',
    'DocumentChange',
    'Document_ContentControlOnEnter',
    'Workbook_Open',
    'Workbook_Activate',
    'Workbook_Close',
    'Workbook_BeforeClose',
    'Workbook_Deactivate',
    'Workbook_BeforePrint',
    'Workbook_BeforeSave',
    'Workbook_SheetCalculate',
    'Worksheet_Calculate',
    'Worksheet_Activate',
    'Presentation_Open',
    'AutoOpenPresentation',
    'OnLoad',
    'App_DocumentOpen',
    'App_WorkbookOpen',
  ].map((name) => name.toLowerCase()),
)
/** Events of controls that fire without a click while a document is shown. */
const CONTROL_EVENT = /_(layout|painted|gotfocus|resize|activate|mousemove|beforedropoverpaste)$/i

const ABILITIES: readonly (readonly [word: string, ability: string, attack: string])[] = [
  ['wscript.shell', 'runs commands (WScript.Shell)', 'T1059.005'],
  ['shell.application', 'runs commands (Shell.Application)', 'T1059.005'],
  ['shellexecute', 'runs commands (ShellExecute)', 'T1106'],
  ['powershell', 'runs PowerShell', 'T1059.001'],
  ['cmd.exe', 'runs cmd', 'T1059.003'],
  ['cmd /', 'runs cmd', 'T1059.003'],
  ['mshta', 'runs mshta', 'T1218.005'],
  ['regsvr32', 'runs regsvr32', 'T1218.010'],
  ['rundll32', 'runs rundll32', 'T1218.011'],
  ['certutil', 'runs certutil', 'T1105'],
  ['wmic', 'runs WMI', 'T1047'],
  ['winmgmts', 'uses WMI', 'T1047'],
  ['win32_process', 'starts processes by WMI', 'T1047'],
  ['urldownloadtofile', 'downloads files', 'T1105'],
  ['msxml2.xmlhttp', 'fetches from the network', 'T1105'],
  ['msxml2.serverxmlhttp', 'fetches from the network', 'T1105'],
  ['microsoft.xmlhttp', 'fetches from the network', 'T1105'],
  ['winhttp', 'fetches from the network', 'T1105'],
  ['internetopen', 'fetches from the network', 'T1105'],
  ['adodb.stream', 'writes files (ADODB.Stream)', 'T1105'],
  ['savetofile', 'writes files', 'T1105'],
  ['scripting.filesystemobject', 'uses files', 'T1083'],
  ['virtualalloc', 'allocates memory for code', 'T1055'],
  ['rtlmovememory', 'copies raw memory', 'T1055'],
  ['createthread', 'starts threads', 'T1055'],
  ['writeprocessmemory', 'writes into processes', 'T1055'],
  ['regwrite', 'writes the registry', 'T1112'],
  ['schedule.service', 'schedules tasks', 'T1053.005'],
  ['callbyname', 'calls by name', 'T1027'],
]
const SHELL_CALL = /(?:^|[^\w.])shell\s*[("]|(?:^|[^\w.])shell\s+[a-z_]/i
const CREATES = /\b(?:create|get)object\s*\(/i
const DECLARES = /^\s*(?:(?:public|private)\s+)?declare\s+(?:ptrsafe\s+)?(?:function|sub)\s/i
const PROCEDURE = /^\s*(?:(?:public|private|friend|static)\s+){0,3}(?:sub|function)\s+([a-z_]\w{0,250})/i
const LONGEST_LINE = 4096
const MOST_PROOFS = 20

interface Ability {
  readonly text: string
  readonly attack: string
  readonly path: string
  readonly line: string
  readonly lineNumber: number
}

interface Automatic {
  readonly name: string
  readonly path: string
  readonly lineNumber: number
}

/**
 * VBA that Office runs by itself: named when a module declares a procedure with one of the automatic names. What the project can
 * do is listed with it; the more it can do, the more severe. VBA without such a procedure is a note. Comments do not count; p-code that the
 * source hides counts as code, and texts that its forms keep count for what it can do.
 */
export const vbaAutoexec = perFact(
  {
    id: 'vba-autoexec',
    requires: ['a procedure with a name that Office calls by itself, outside comments and texts'],
    source: 'MS-OVBA 2.3; ATT&CK T1204.002',
  },
  'vba-project',
  (fact) => {
    const { automatic, abilities } = readCode(fact)
    const can = [...new Set(abilities.map(({ text }) => text))]
    const does = can.length > 0 ? ` The code ${can.slice(0, 8).join(', ')}.` : ''
    const attack = [...new Set(['T1059.005', ...abilities.map((one) => one.attack)])].slice(0, 12)
    const proof = [
      ...automatic.slice(0, 8).map(({ name, path, lineNumber }) => ({ path, field: `automatic procedure, line ${lineNumber}`, value: shown(name) })),
      ...abilities.map(({ path, line, text, lineNumber }) => ({ path, field: `${text}, line ${lineNumber}`.slice(0, 200), value: shown(line.trim()) })),
    ].slice(0, MOST_PROOFS)
    if (automatic.length === 0) {
      const modules = fact.modules.map(({ name }) => name).join(', ')
      return {
        kind: 'note',
        severity: can.length > 0 ? 'low' : 'info',
        summary: `The document holds VBA code that does not start by itself.${does}`,
        attack: [],
        proof: [{ path: fact.path, field: 'modules', value: shown(modules) }, ...proof].slice(0, MOST_PROOFS),
      }
    }
    return {
      kind: 'technique',
      severity: can.length > 0 ? 'high' : 'medium',
      summary: `VBA code starts by itself (${automatic[0]!.name}).${does}`.slice(0, 900),
      attack: ['T1204.002', ...attack],
      proof,
    }
  },
)

function readCode(fact: FactOf<'vba-project'>): { automatic: Automatic[]; abilities: Ability[] } {
  const automatic: Automatic[] = []
  const abilities = new Map<string, Ability>()
  const texts = fact.modules.flatMap((module) => {
    const { path, source, pcode } = module
    const hidden = pcode && hiddenCode(module).length > 0 ? [{ path, text: pcode.listing }] : []
    return [{ path, text: source }, ...hidden]
  })
  const note = (path: string, line: string, lineNumber: number) => {
    for (const [text, attack] of abilitiesOf(line)) if (!abilities.has(text)) abilities.set(text, { text, attack, path, line, lineNumber })
  }
  for (const { path, text } of texts)
    for (const { line, lineNumber } of codeLines(text)) {
      const name = PROCEDURE.exec(line)?.[1]
      if (name && (AUTOMATIC.has(name.toLowerCase()) || CONTROL_EVENT.test(name))) automatic.push({ name, path, lineNumber })
      note(path, line, lineNumber)
    }
  for (const form of fact.forms) for (const [i, text] of form.texts.entries()) note(form.path, text.slice(0, LONGEST_LINE), i + 1)
  return { automatic, abilities: [...abilities.values()] }
}

function abilitiesOf(line: string): [string, string][] {
  const lower = line.toLowerCase()
  const found: [string, string][] = ABILITIES.filter(([word]) => lower.includes(word)).map(([, text, attack]) => [text, attack])
  if (SHELL_CALL.test(line)) found.push(['runs commands (Shell)', 'T1059.005'])
  if (CREATES.test(line)) found.push(['creates objects', 'T1559.001'])
  if (DECLARES.test(line)) found.push(['declares functions of the system', 'T1106'])
  return found
}

/** Logical lines: continued lines joined, comments and attributes left out, cut at a length no writer needs. */
function* codeLines(source: string): Generator<{ line: string; lineNumber: number }> {
  let joined = ''
  let lineNumber = 0
  let from = 0
  while (from < source.length) {
    const newline = source.indexOf('\n', from)
    const end = newline === -1 ? source.length : newline
    const raw = source.slice(from, Math.min(end, from + LONGEST_LINE)).replace(/\r$/, '')
    from = end + 1
    lineNumber++
    if (raw.endsWith(' _') && joined.length < LONGEST_LINE) {
      joined += raw.slice(0, -1)
      continue
    }
    const line = withoutComment(joined + raw)
    joined = ''
    if (line.trim() !== '' && !line.startsWith('Attribute ')) yield { line, lineNumber }
  }
  if (joined !== '') yield { line: withoutComment(joined), lineNumber }
}

function withoutComment(line: string): string {
  if (/^\s*rem\s/i.test(line)) return ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '"') quoted = !quoted
    else if (line[i] === "'" && !quoted) return line.slice(0, i)
  }
  return line
}
