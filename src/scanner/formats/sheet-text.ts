import type { Budget } from '#scanner/intake/limits.ts'
import type { DdeLink } from './excel-binary.ts'

const LONGEST_CELL = 8192

/**
 * DDE formulas in the cells of a text that a spreadsheet opens: `=cmd|'/c calc'!A0`, also after +, - or @, and in SLK
 * expressions. One pass over the lines; the pipe and the exclamation mark have to stand in one cell.
 */
export function* readSheetText(text: string, budget: Budget): Generator<DdeLink> {
  const symbolic = text.startsWith('ID;')
  for (let from = 0; from < text.length;) {
    budget.step()
    const newline = text.indexOf('\n', from)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(from, Math.min(end, from + LONGEST_CELL))
    if (line.includes('|') && line.includes('!')) yield* lineLinks(line, from, symbolic)
    from = end + 1
  }
}

function lineLinks(line: string, offset: number, symbolic: boolean): DdeLink[] {
  return line.split(/[,;\t]/).flatMap((cell) => {
    const bare = cell.trim().replace(/^"|"$/g, '')
    const formula = ddeFormula(symbolic && bare.startsWith('E') ? `=${bare.slice(1)}` : bare)
    return formula ? [{ offset, ...formula }] : []
  })
}

/** Service and topic of `=service|topic!item`; undefined for any other formula. */
export function ddeFormula(cell: string): { service: string; topic: string } | undefined {
  if (!/^[=+\-@]/.test(cell)) return undefined
  const body = cell.replace(/^[=+\-@\s]+/, '')
  const pipe = body.indexOf('|')
  const bang = body.lastIndexOf('!')
  if (pipe <= 0 || bang <= pipe + 1) return undefined
  const service = body.slice(0, pipe).replace(/^'|'$/g, '').trim()
  if (!/^[A-Za-z][\w. \\:$%-]{0,255}$/.test(service)) return undefined
  return { service, topic: body.slice(pipe + 1, bang).replace(/^'|'$/g, '') }
}

/** Names of an SLK file that Excel runs by itself: records such as `NN;NAuto_open;E...`. */
export function readSlkNames(text: string): string[] {
  const names: string[] = []
  for (let at = text.indexOf('\nNN;'); at !== -1 && names.length < 32; at = text.indexOf('\nNN;', at + 4)) {
    const name = /^N(auto_?(?:open|close|activate|deactivate)[^;\r\n]{0,64})/i.exec(text.slice(at + 4, at + 100))?.[1]
    if (name) names.push(name)
  }
  return names
}
