import type { FactOf } from '#scanner/intake/fact.ts'
import type { Finding } from '#scanner/verdict/finding.ts'
import { at, shown, type Evidence } from './evidence.ts'

/** What calls of a macro do, and the techniques they are known by. */
const DOES: Record<string, { readonly text: string; readonly attack: string }> = {
  EXEC: { text: 'starts programs', attack: 'T1106' },
  CALL: { text: 'calls functions of libraries', attack: 'T1106' },
  REGISTER: { text: 'loads functions of libraries', attack: 'T1106' },
  'REGISTER.ID': { text: 'loads functions of libraries', attack: 'T1106' },
  FOPEN: { text: 'opens files', attack: 'T1105' },
  FWRITE: { text: 'writes files', attack: 'T1105' },
  FWRITELN: { text: 'writes files', attack: 'T1105' },
  'FILE.DELETE': { text: 'deletes files', attack: 'T1070.004' },
  INITIATE: { text: 'talks to programs by dynamic data exchange', attack: 'T1559.002' },
  EXECUTE: { text: 'talks to programs by dynamic data exchange', attack: 'T1559.002' },
  'SEND.KEYS': { text: 'types keys', attack: 'T1059' },
  'CREATE.OBJECT': { text: 'creates objects', attack: 'T1559.001' },
}
const OTHER = { text: 'calls functions that it has loaded', attack: 'T1106' }
const MOST_PROOFS = 20

type Sheet = FactOf<'macro-sheet'>
type Call = FactOf<'macro-call'>

/**
 * Excel 4.0 macros: named when a macro sheet stands together with a name that runs by itself (Auto_), or when the macros call something
 * outside of the workbook. What running them lightly shows is listed with it. A macro sheet without either is a note.
 */
export const excel4Macro: Evidence = {
  id: 'excel4-macro',
  requires: ['a sheet of Excel 4.0 macros', 'a defined name that runs by itself (Auto_), or a call that starts, loads, writes or sends something'],
  source: 'MS-XLS 2.4.28 and 2.4.150, MS-XLSB 2.4.312; Excel 4.0 macro functions reference; ATT&CK T1059',
  judge: (facts) => {
    const calls = facts.filter((fact): fact is Call => fact.kind === 'macro-call')
    const writes = facts.filter((fact) => fact.kind === 'macro-writes')
    return facts.flatMap((fact): Finding[] => {
      if (fact.kind !== 'macro-sheet') return []
      // Names alone say nothing more where the sheets that they lead to are listed too.
      if (fact.name === '' && facts.some((one) => one.kind === 'macro-sheet' && one.path === fact.path && one.name !== '')) return []
      const own = calls.filter(({ path, cell }) => path === fact.path && sheetOf(cell) === fact.name)
      return [
        judgeSheet(
          fact,
          own,
          writes.filter(({ path }) => path === fact.path),
        ),
      ]
    })
  },
}

function sheetOf(cell: string): string {
  const name = cell.slice(0, cell.lastIndexOf('!'))
  return name.startsWith("'") ? name.slice(1, -1).replaceAll("''", "'") : name
}

function judgeSheet(fact: Sheet, calls: readonly Call[], writes: readonly FactOf<'macro-writes'>[]): Finding {
  const autos = fact.autoNames.join(', ')
  const hidden = fact.state === 'visible' ? '' : ` (${fact.state === 'hidden' ? 'hidden' : 'very hidden'})`
  const proof = [
    { ...at(fact), field: 'macro sheet', value: shown(`${fact.name}${hidden}`) || 'defined names' },
    ...(autos === '' ? [] : [{ ...at(fact), field: 'names that run', value: shown(autos) }]),
    ...calls.map((call) => ({
      path: call.path,
      field: `${call.cell}${call.reached ? '' : ', not reached'}`.slice(0, 200),
      value: shown(`${call.name}(${call.args.join(', ')})`),
    })),
    ...writes.flatMap(({ path, formulas }) => formulas.map((formula) => ({ path, field: 'formula that the macro writes', value: shown(formula) }))),
  ].slice(0, MOST_PROOFS)
  const done = calls.map(({ name }) => DOES[name] ?? OTHER)
  const does = [...new Set([...done.map(({ text }) => text), ...(writes.length > 0 ? ['writes formulas as it runs'] : [])])]
  const attack = [...new Set(['T1059', ...done.map((one) => one.attack)])]
  const told = does.length > 0 ? ` They: ${does.join(', ')}.` : ''
  const about = { id: 'excel4-macro', proof }
  if (autos !== '')
    return {
      ...about,
      kind: 'technique',
      severity: 'high',
      summary: `Excel 4.0 macros run when the workbook opens or closes.${told}`,
      attack: [...attack, 'T1204.002'],
    }
  if (calls.length > 0) return { ...about, kind: 'technique', severity: 'medium', summary: `Excel 4.0 macros reach beyond the workbook.${told}`, attack }
  return { ...about, kind: 'note', severity: 'low', summary: `The workbook holds a sheet of Excel 4.0 macros.${told}`, attack: ['T1059'] }
}
