import type { Lexer } from './lexer.ts'

/** A value of the PostScript machine (PostScript Language Reference, 3.3). `x` is the executable attribute. */
export type Value =
  | { readonly t: 'number'; readonly v: number }
  | { readonly t: 'boolean'; readonly v: boolean }
  | { readonly t: 'name'; readonly v: string; readonly x: boolean; readonly at?: number }
  | { readonly t: 'string'; readonly s: Text; readonly from: number; readonly to: number; readonly x: boolean }
  | { readonly t: 'array'; readonly a: List; readonly from: number; readonly to: number; readonly x: boolean }
  | { readonly t: 'dict'; readonly d: Dictionary }
  | { readonly t: 'file'; readonly f: ProgramFile; readonly x: boolean }
  | { readonly t: 'save'; readonly born: number }
  | { readonly t: 'mark' }
  | { readonly t: 'null' }

/** Composite objects: `born` counts them, so that a save knows which came after it. */
export interface Text {
  readonly born: number
  readonly bytes: Buffer
}

export interface List {
  readonly born: number
  readonly items: Value[]
}

export interface Dictionary {
  readonly born: number
  readonly entries: Map<string, { readonly key: Value; readonly value: Value }>
}

/** A file of the program: the one that runs, or one behind a filter, which is undone when something is read of it for the first time. */
export interface ProgramFile {
  readonly open: () => Lexer
}

export const NULL: Value = { t: 'null' }
export const MARK: Value = { t: 'mark' }

export function number(v: number): Value {
  return { t: 'number', v }
}

export function boolean(v: boolean): Value {
  return { t: 'boolean', v }
}

/** What a dictionary knows a key by: names and strings of the same letters are the same key. */
export function keyOf(key: Value): string {
  if (key.t === 'name') return `/${key.v}`
  if (key.t === 'string') return `/${key.s.bytes.toString('latin1', key.from, Math.min(key.to, key.from + 256))}`
  return key.t === 'number' || key.t === 'boolean' ? `${key.t} ${key.v}` : key.t
}

/** The composite object behind a value: what two values that share it have in common. */
export function bodyOf(value: Value): Text | List | Dictionary | undefined {
  return value.t === 'string' ? value.s : value.t === 'array' ? value.a : value.t === 'dict' ? value.d : undefined
}
