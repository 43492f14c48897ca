import type { Budget } from '#scanner/intake/limits.ts'
import type { DdeLink } from './excel-binary.ts'

const LONGEST_LINE = 32_768
const MOST_PIPES = 32
const SEPARATORS = [',', ';', '\t', '|'] as const
/** Programs are named like this where a formula refers to them: `cmd`, `MSEXCEL`, `C:\windows\system32\cmd.exe`. */
const SERVICE = /^[A-Za-z][\w. \\:$%-]{0,255}$/
const SERVICE_LETTER = /[\w.\\:$%]/

/**
 * DDE formulas in the cells of a text that a spreadsheet opens: `=cmd|'/c calc'!A0`, also after +, - or @, behind white space, in
 * quotes, and as a term of a longer formula. Which mark separates cells depends on who opens the text: each is tried. One pass over the
 * lines for each; the pipe and the exclamation mark have to stand in one cell. Throws LimitReached.
 */
export function* readSheetText(text: string, budget: Budget): Generator<DdeLink> {
  for (let from = 0; from < text.length;) {
    budget.step()
    const newline = text.indexOf('\n', from)
    const end = newline === -1 ? text.length : newline
    const pipe = text.indexOf('|', from)
    // Most texts have no such mark, and most others few: lines without it are passed over together.
    if (pipe === -1) break
    if (pipe > end) {
      from = text.lastIndexOf('\n', pipe) + 1
      continue
    }
    const found = new Map<string, DdeLink>()
    // Windows that overlap by half: a cell is at most 32,767 characters long, and most that are longer than half of that are no formulas.
    for (let start = from; start < end; start += LONGEST_LINE / 2) {
      budget.step(1 + (Math.min(end - start, LONGEST_LINE) >> 6))
      const line = text.slice(start, Math.min(end, start + LONGEST_LINE))
      if (line.indexOf('!') > 0) lineLinks(line, start, found)
      if (start + LONGEST_LINE >= end) break
    }
    yield* found.values()
    from = end + 1
  }
}

function lineLinks(line: string, from: number, found: Map<string, DdeLink>): void {
  for (const separator of SEPARATORS) {
    if (separator !== ',' && !line.includes(separator)) continue
    for (const { text, at } of cells(line, separator)) {
      const formula = ddeFormula(text)
      if (!formula) continue
      // The same formula as several separators show it, with the longest of its readings.
      const key = `${from + at} ${formula.service}`
      const known = found.get(key)
      if (!known || known.topic.length < formula.topic.length) found.set(key, { offset: from + at, ...formula })
    }
  }
}

/** The cells of a line: quotes hold separators together, and stand doubled for themselves (RFC 4180). */
function* cells(line: string, separator: string): Generator<{ text: string; at: number }, void, undefined> {
  let start = 0
  let quoted = false
  for (let at = 0; at <= line.length; at++) {
    const c = line[at]
    if (c === '"') quoted = !quoted
    if (at < line.length && (quoted || c !== separator)) continue
    const cell = line.slice(start, at).trimStart()
    yield { text: bare(cell), at: at - cell.length }
    start = at + 1
  }
}

function bare(cell: string): string {
  const text = cell.trim()
  return text.startsWith('"') ? text.slice(1).replace(/"$/, '').replaceAll('""', '"').trim() : text
}

/**
 * Service and topic of a formula that refers to `service|topic!item`, alone or as a term of it; undefined for any other text. A topic without
 * quotes counts behind an equals sign only: `@name|words!` and `-a|b!c` stand in ordinary texts.
 */
export function ddeFormula(cell: string): { service: string; topic: string } | undefined {
  if (!/^[=+\-@]/.test(cell)) return undefined
  for (let pipe = cell.indexOf('|'), tries = 0; pipe !== -1 && tries < MOST_PIPES; pipe = cell.indexOf('|', pipe + 1), tries++) {
    const service = serviceBefore(cell, pipe)
    const topic = service === undefined ? undefined : topicBehind(cell, pipe + 1, cell.startsWith('='))
    if (service !== undefined && topic !== undefined) return { service, topic }
  }
  return undefined
}

function serviceBefore(cell: string, pipe: number): string | undefined {
  let end = pipe
  while (end > 0 && /\s/.test(cell[end - 1]!)) end--
  if (cell[end - 1] === "'") {
    const open = cell.lastIndexOf("'", end - 2)
    const inside = open === -1 ? '' : cell.slice(open + 1, end - 1).trim()
    return SERVICE.test(inside) ? inside : undefined
  }
  let start = end
  while (start > 0 && end - start < 256 && SERVICE_LETTER.test(cell[start - 1]!)) start--
  const name = cell.slice(start, end)
  return SERVICE.test(name) && (start === 0 || /[=+\-@*/^&(,;<>\s]/.test(cell[start - 1]!)) ? name : undefined
}

function topicBehind(cell: string, from: number, unquoted: boolean): string | undefined {
  let at = from
  while (at < cell.length && /\s/.test(cell[at]!)) at++
  if (cell[at] === "'") {
    // The item behind the last such mark; a topic may hold others.
    const close = cell.lastIndexOf("'!")
    return close > at && /^'!\s{0,8}['"]?[\w$_.\\]/.test(cell.slice(close, close + 16)) ? cell.slice(at + 1, close) : undefined
  }
  const bang = cell.lastIndexOf('!')
  return unquoted && bang > at && /^![\w$_.\\]/.test(cell.slice(bang, bang + 2)) ? cell.slice(at, bang).trim() : undefined
}
