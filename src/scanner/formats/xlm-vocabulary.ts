import type { Formula, Reference } from './formula.ts'

/** Functions that start, load, write, fetch or talk to something outside of the workbook. */
export const OUTSIDE = new Set([
  'EXEC',
  'CALL',
  'REGISTER',
  'REGISTER.ID',
  'FOPEN',
  'FWRITE',
  'FWRITELN',
  'INITIATE',
  'EXECUTE',
  'POKE',
  'FILE.DELETE',
  'SEND.MAIL',
  'SEND.KEYS',
  'APP.ACTIVATE',
  'CREATE.OBJECT',
])
/** What ends a macro, and what ends all of them. */
export const RETURNS = new Set(['RETURN'])
export const HALTS = new Set(['HALT', 'QUIT', 'CLOSE', 'FILE.CLOSE', 'CLOSE.ALL'])

/** Functions whose result only a running Excel knows, and which are no names of the workbook. */
export const KNOWN_UNKNOWN = new Set([
  'GET.WORKSPACE',
  'GET.WINDOW',
  'GET.DOCUMENT',
  'GET.WORKBOOK',
  'NOW',
  'TODAY',
  'RAND',
  'RANDBETWEEN',
  'ALERT',
  'WAIT',
  'ERROR',
  'ECHO',
])

/** True for a formula that only computes: texts, numbers, cells, operators and functions of the sheet. */
export function isPlain(formula: Formula): boolean {
  return (
    formula.kind !== 'call' ||
    !(OUTSIDE.has(formula.name) || RETURNS.has(formula.name) || HALTS.has(formula.name) || /^(FORMULA|SET\.|GOTO|RUN|DEFINE)/.test(formula.name))
  )
}

export function moved(reference: Reference, rows: number, columns: number): Reference {
  const row = Math.max(0, reference.row + Math.trunc(rows))
  const column = Math.max(0, reference.column + Math.trunc(columns))
  return { ...reference, row, column, lastRow: row, lastColumn: column }
}
