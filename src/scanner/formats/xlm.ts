import { upToLimit, type Budget } from '#scanner/intake/limits.ts'
import { parseFormula } from './formula-parser.ts'
import { formulaText, placeText, type CellPlace, type Formula, type Reference } from './formula.ts'
import { callPure, numberOf, operate, textOf, type XlmValue } from './xlm-functions.ts'
import { HALTS, isPlain, KNOWN_UNKNOWN, moved, OUTSIDE, RETURNS } from './xlm-vocabulary.ts'
import { runsByItself, type XlmWorkbook } from './xlm-workbook.ts'

/** A call of a macro that reaches beyond the workbook, with its arguments as far as they could be worked out. */
export interface XlmCall {
  readonly name: string
  readonly args: readonly string[]
  /** The cell that calls, as Sheet!A1. */
  readonly cell: string
  /** True where running from a name that starts by itself came to it. */
  readonly reached: boolean
}

export interface XlmRun {
  readonly calls: readonly XlmCall[]
  /** Texts that the macro wrote into cells as formulas. */
  readonly written: readonly string[]
  /** True where a limit of this reader ended the run. */
  readonly cut: boolean
}

const MOST_STEPS = 40_000
const MOST_CALLS = 100
const MOST_CHARACTERS = 4_000_000
const DEEPEST = 48
/** Macros that call each other. */
const DEEPEST_CALLS = 12
const MOST_ENTRIES = 200

/**
 * Runs the Excel 4.0 macros of a workbook lightly: from the names that start by themselves, cell after cell, texts put together, cells
 * set, jumps followed; what only Excel could know stays unknown, and both ways of a decision on it are looked at. Nothing is done
 * outside. Then every formula of a macro sheet that was not reached is looked at where it stands. Throws LimitReached.
 */
export function runXlm(workbook: XlmWorkbook, budget: Budget): XlmRun {
  const run = new Run(workbook, budget)
  const limit = upToLimit(() => {
    for (const { name, formula } of workbook.names) if (runsByItself(name) && formula) run.enter(formula)
    run.all()
    run.unreached()
  })
  if (limit) run.cut = true
  return { calls: run.calls, written: run.written, cut: run.cut }
}

type Jump = { readonly to: CellPlace } | 'return' | 'halt' | undefined

interface Loop {
  readonly row: number
  readonly name?: string
  readonly end?: number
  readonly step?: number
}

class Run {
  readonly calls: XlmCall[] = []
  readonly written: string[] = []
  cut = false
  readonly #workbook: XlmWorkbook
  readonly #budget: Budget
  readonly #names = new Map<string, XlmValue | Reference>()
  readonly #registered = new Set<string>()
  readonly #entries: CellPlace[] = []
  readonly #visited = new Set<string>()
  readonly #told = new Set<string>()
  #calls = 0
  #steps = 0
  #characters = 0
  #reached = true
  #here: CellPlace = { sheet: '', row: 0, column: 0 }
  #jump: Jump
  /** How many decisions on something unknown lie above: what ends a macro there is not believed. */
  #unsure = 0

  constructor(workbook: XlmWorkbook, budget: Budget) {
    this.#workbook = workbook
    this.#budget = budget
  }

  enter(formula: Formula): void {
    const place = this.#reference(formula, 0)
    if (place) this.#add(place)
    else if (formula.kind === 'call') {
      this.#here = { sheet: this.#workbook.sheets.find(({ macro }) => macro)?.name ?? '', row: 0, column: 0 }
      this.#value(formula, 0)
    }
  }

  #add({ sheet, row, column }: Reference): void {
    const home = sheet ?? this.#here.sheet
    if (this.#entries.length < MOST_ENTRIES) this.#entries.push({ sheet: home, row, column })
  }

  all(): void {
    for (let entry = this.#entries.shift(); entry && !this.cut; entry = this.#entries.shift()) {
      this.#jump = undefined
      this.#column(entry)
    }
  }

  /** What no run came to still stands in the file. */
  unreached(): void {
    this.#reached = false
    const names = new Set(this.#workbook.sheets.filter(({ macro }) => macro).map(({ name }) => name))
    for (const name of names) {
      for (const { row, column, formula } of this.#workbook.formulas(name)) {
        if (this.cut) return
        this.#here = { sheet: name, row, column }
        if (!this.#visited.has(placeText(this.#here))) this.#value(formula, 0)
      }
    }
  }

  #column(start: CellPlace): void {
    const loops: Loop[] = []
    let place = start
    for (let row = start.row; row <= this.#workbook.lastRow(place.sheet);) {
      if (!this.#step()) return
      const cell = this.#workbook.get(place.sheet, row, place.column)
      this.#here = { sheet: place.sheet, row, column: place.column }
      if (!cell?.formula) {
        row++
        continue
      }
      const key = placeText(this.#here)
      if (this.#visited.has(key) && loops.length === 0 && this.#calls === 0) return
      this.#visited.add(key)
      this.#jump = undefined
      const next = this.#loop(cell.formula, loops)
      if (next === undefined) {
        cell.value = this.#value(cell.formula, 0)
        cell.fresh = true
      }
      const jump = this.#jump as Jump
      if (jump === 'halt') return
      this.#jump = undefined
      if (jump === 'return') return
      if (jump) {
        place = jump.to
        row = jump.to.row
      } else row = next ?? row + 1
    }
  }

  /** WHILE and FOR with their NEXT; the row to go on with, undefined for any other formula. */
  #loop(formula: Formula, loops: Loop[]): number | undefined {
    if (formula.kind !== 'call') return undefined
    const row = this.#here.row
    if (formula.name === 'WHILE') {
      const holds = formula.args[0] && this.#value(formula.args[0], 0)
      const again = loops.at(-1)?.row === row
      if (holds === undefined || holds === false || holds === 0) {
        if (again) loops.pop()
        return this.#afterNext(row)
      }
      if (!again) loops.push({ row })
      return row + 1
    }
    if (formula.name === 'FOR') return this.#for(formula.args, loops)
    if (formula.name !== 'NEXT') return undefined
    const loop = loops.at(-1)
    if (!loop) return row + 1
    if (loop.name === undefined) return loop.row
    const value = numberOf(this.#nameValue(loop.name, 0)) ?? 0
    const next = value + (loop.step ?? 1)
    this.#names.set(loop.name.toLowerCase(), next)
    if ((loop.step ?? 1) >= 0 ? next <= (loop.end ?? 0) : next >= (loop.end ?? 0)) return loop.row + 1
    loops.pop()
    return row + 1
  }

  #for(args: readonly Formula[], loops: Loop[]): number {
    const [name, from, end, step] = args.map((arg) => this.#value(arg, 0))
    const row = this.#here.row
    const [first, last] = [numberOf(from), numberOf(end)]
    if (typeof name !== 'string' || first === undefined || last === undefined) return row + 1
    this.#names.set(name.toLowerCase(), first)
    const by = args[3] && args[3].kind !== 'missing' ? (numberOf(step) ?? 1) : 1
    if (by >= 0 ? first > last : first < last) return this.#afterNext(row)
    loops.push({ row, name, end: last, step: by })
    return row + 1
  }

  #afterNext(row: number): number {
    const { sheet, column } = this.#here
    const last = this.#workbook.lastRow(sheet)
    for (let at = row + 1; at <= last && this.#step(); at++) {
      const formula = this.#workbook.get(sheet, at, column)?.formula
      if (formula?.kind === 'call' && formula.name === 'NEXT') return at + 1
    }
    return row + 1
  }

  #step(): boolean {
    this.#budget.step()
    if (++this.#steps > MOST_STEPS || this.#characters > MOST_CHARACTERS) this.cut = true
    return !this.cut
  }

  #value(formula: Formula, depth: number): XlmValue {
    if (depth > DEEPEST || !this.#step()) return undefined
    if (formula.kind === 'constant') return formula.value
    if (formula.kind === 'missing') return ''
    if (formula.kind === 'name') return this.#nameValue(formula.name, depth + 1)
    if (formula.kind === 'reference') return this.#cellValue(formula, depth)
    if (formula.kind === 'operator') {
      const args = formula.args.map((arg) => this.#value(arg, depth + 1))
      return this.#counted(operate(formula.operator, args))
    }
    return formula.kind === 'call' ? this.#counted(this.#call(formula.name, formula.args, depth)) : undefined
  }

  #counted(value: XlmValue): XlmValue {
    if (typeof value === 'string') this.#characters += value.length
    return value
  }

  #nameValue(name: string, depth: number): XlmValue {
    const set = this.#names.get(name.toLowerCase())
    if (set !== undefined) return typeof set === 'object' ? this.#cellValue(set, depth) : set
    const defined = this.#workbook.nameOf(name)?.formula
    return defined && this.#value(defined, depth)
  }

  #cellValue(reference: Reference, depth: number): XlmValue {
    const cell = this.#workbook.get(reference.sheet ?? this.#here.sheet, reference.row, reference.column)
    if (!cell) return ''
    if (cell.fresh || !cell.formula) return cell.value
    if (cell.value !== undefined && cell.value !== '' && cell.value !== 0) return cell.value
    // Only what has no effect of its own is worked out in passing.
    return isPlain(cell.formula) ? this.#value(cell.formula, depth + 1) : cell.value
  }

  #reference(formula: Formula | undefined, depth: number): Reference | undefined {
    if (!formula || depth > DEEPEST) return undefined
    if (formula.kind === 'reference') return formula
    if (formula.kind === 'operator' && formula.operator === '()') return this.#reference(formula.args[0], depth + 1)
    if (formula.kind === 'name') {
      const set = this.#names.get(formula.name.toLowerCase())
      if (typeof set === 'object') return set
      const defined = this.#workbook.nameOf(formula.name)?.formula
      return defined?.kind === 'reference' ? defined : undefined
    }
    if (formula.kind === 'constant' || formula.kind === 'operator') return this.#named(this.#value(formula, depth + 1))
    if (formula.kind !== 'call') return undefined
    if (formula.name === 'OFFSET') {
      const [base, rows, columns] = formula.args
      const from = this.#reference(base, depth + 1)
      return from && moved(from, this.#number(rows, depth), this.#number(columns, depth))
    }
    if (formula.name === 'INDIRECT' || formula.name === 'TEXTREF') {
      return this.#named(formula.args[0] && this.#value(formula.args[0], depth + 1))
    }
    if (formula.name === 'ACTIVE.CELL' || formula.name === 'CALLER') {
      const { sheet, row, column } = this.#here
      return { kind: 'reference', sheet, row, column, lastRow: row, lastColumn: column }
    }
    return undefined
  }

  /** The reference that a text names. */
  #named(text: XlmValue): Reference | undefined {
    const parsed = typeof text === 'string' && text.length < 300 ? parseFormula(text, this.#budget, { from: this.#here }) : undefined
    return parsed?.kind === 'reference' ? parsed : undefined
  }

  #number(formula: Formula | undefined, depth: number): number {
    return (formula && numberOf(this.#value(formula, depth + 1))) ?? 0
  }

  #call(name: string, args: readonly Formula[], depth: number): XlmValue {
    if (name === 'IF') return this.#if(args, depth)
    if (name === 'CHOOSE') {
      const chosen = args[this.#number(args[0], depth)]
      return chosen && this.#value(chosen, depth + 1)
    }
    if (name === 'GOTO' || name === 'FORMULA.GOTO') return this.#goTo(args[0], depth)
    if (name === 'RUN') return this.#enterAt(args[0], depth)
    if (RETURNS.has(name) || HALTS.has(name)) {
      if (this.#unsure === 0) this.#jump = HALTS.has(name) ? 'halt' : 'return'
      return args[0] ? this.#value(args[0], depth + 1) : true
    }
    const values = args.map((arg) => this.#value(arg, depth + 1))
    if (OUTSIDE.has(name) || this.#registered.has(name)) return this.#tell(name, args, values)
    if (name === 'FORMULA' || name === 'FORMULA.FILL' || name === 'FORMULA.ARRAY') return this.#write(values[0], args[1], depth)
    if (name === 'SET.VALUE') return this.#set(args[0], values[1], depth)
    if (name === 'SET.NAME' || name === 'DEFINE.NAME') return this.#setName(values[0], args[1], values[1], depth)
    if (name === 'GET.NAME' || name === 'EVALUATE') return typeof values[0] === 'string' ? this.#evaluate(values[0], depth) : values[0]
    if (name === 'GET.CELL') return numberOf(values[0]) === 5 ? values[1] : undefined
    if (name === 'ISNUMBER') return values[0] === undefined ? undefined : typeof values[0] === 'number'
    if (name === 'OFFSET' || name === 'INDIRECT' || name === 'TEXTREF' || name === 'ABSREF') {
      const reference = this.#reference({ kind: 'call', name, args }, depth)
      return reference && this.#cellValue(reference, depth + 1)
    }
    const known = callPure(name, values)
    return known === undefined && !KNOWN_UNKNOWN.has(name) ? this.#enterAt({ kind: 'name', name }, depth) : known
  }

  #if([condition, then, otherwise]: readonly Formula[], depth: number): XlmValue {
    const holds = condition && this.#value(condition, depth + 1)
    if (holds !== undefined) {
      const chosen = holds === false || holds === 0 || holds === '' ? otherwise : then
      return chosen ? this.#value(chosen, depth + 1) : false
    }
    this.#unsure++
    const first = then && this.#value(then, depth + 1)
    const second = otherwise && this.#value(otherwise, depth + 1)
    this.#unsure--
    return first ?? second
  }

  #goTo(target: Formula | undefined, depth: number): XlmValue {
    const reference = this.#reference(target, depth)
    if (!reference) return undefined
    if (this.#unsure > 0 || !this.#reached) this.#add(reference)
    else this.#jump = { to: { sheet: reference.sheet ?? this.#here.sheet, row: reference.row, column: reference.column } }
    return true
  }

  /** Calls the macro at a place: it runs there until it returns, and then the one that called goes on. */
  #enterAt(target: Formula | undefined, depth: number): XlmValue {
    const reference = this.#reference(target, depth)
    if (!reference) return undefined
    if (this.#calls >= DEEPEST_CALLS || !this.#reached || this.#unsure > 0) {
      this.#add(reference)
      return undefined
    }
    const here = this.#here
    this.#calls++
    this.#column({ sheet: reference.sheet ?? here.sheet, row: reference.row, column: reference.column })
    this.#calls--
    this.#here = here
    return undefined
  }

  #tell(name: string, args: readonly Formula[], values: readonly XlmValue[]): XlmValue {
    if (name === 'REGISTER' && typeof values[3] === 'string' && values[3] !== '') this.#registered.add(values[3].toUpperCase())
    const shown = args.map((arg, i) => textOf(values[i]) ?? formulaText(arg))
    const call = { name, args: shown, cell: placeText(this.#here), reached: this.#reached }
    const key = `${call.cell} ${name} ${shown.join('\0')}`
    if (this.#told.has(key)) return undefined
    this.#told.add(key)
    if (this.calls.length < MOST_CALLS) this.calls.push(call)
    return undefined
  }

  #write(value: XlmValue, target: Formula | undefined, depth: number): XlmValue {
    const reference = this.#reference(target, depth)
    const text = textOf(value)
    if (!reference || text === undefined) return undefined
    const cell = this.#workbook.at(reference.sheet ?? this.#here.sheet, reference.row, reference.column)
    if (!cell) return undefined
    if (text.startsWith('=')) {
      cell.formula = parseFormula(text.slice(1), this.#budget, { from: reference })
      delete cell.value
      if (this.written.length < MOST_CALLS) this.written.push(text)
    } else {
      delete cell.formula
      cell.value = value
    }
    cell.fresh = !cell.formula
    return true
  }

  #set(target: Formula | undefined, value: XlmValue, depth: number): XlmValue {
    const reference = this.#reference(target, depth)
    const cell = reference && this.#workbook.at(reference.sheet ?? this.#here.sheet, reference.row, reference.column)
    if (cell) {
      cell.value = value
      cell.fresh = true
    }
    return true
  }

  #setName(name: XlmValue, target: Formula | undefined, value: XlmValue, depth: number): XlmValue {
    if (typeof name !== 'string') return undefined
    const reference = target?.kind === 'reference' ? target : undefined
    if (reference) this.#names.set(name.toLowerCase(), { ...reference, sheet: reference.sheet ?? this.#here.sheet })
    else if (value !== undefined) this.#names.set(name.toLowerCase(), value)
    else if (target && depth < DEEPEST) this.#names.delete(name.toLowerCase())
    return true
  }

  #evaluate(text: string, depth: number): XlmValue {
    const body = text.startsWith('=') ? text.slice(1) : text
    return this.#value(parseFormula(body, this.#budget, { from: this.#here }), depth + 1)
  }
}
