import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** Where the engines lie; which one runs is found out by loading it. */
export interface EnginePaths {
  /** The native one, where there is one for this system. */
  readonly native: string | undefined
  /** The portable one: its script and its WebAssembly. */
  readonly portable: { readonly script: string; readonly wasm: string }
}

export interface RawMatch {
  readonly rule: string
  readonly tags: readonly string[]
  readonly meta: Readonly<Record<string, string>>
  readonly places: readonly { readonly pattern: string; readonly offset: number; readonly length: number }[]
}

/** Rules that are ready to be matched. */
export interface Compiled {
  match(bytes: Buffer): RawMatch[]
}

export interface Engine {
  readonly name: 'native' | 'portable'
  /** What the compiler says of each error, where there is one. */
  compile(text: string): Compiled | readonly string[]
}

/** Rules of elsewhere ask for these; a document has none that may be believed. */
const VARIABLES = { filename: '', filepath: '', extension: '', filetype: '', owner: '' }
const MOST_PLACES = 100

/** The native engine, or the portable one where that does not load. Only for a jailed process: it meets hostile bytes and hostile rules. */
export async function loadEngine({ native, portable }: EnginePaths): Promise<Engine> {
  try {
    if (native !== undefined) return nativeEngine(createRequire(import.meta.url)(native) as Native)
  } catch {
    // Built for another system, or not to be loaded here.
  }
  const engine = (await import(pathToFileURL(portable.script).href)) as Portable
  // Without bytes it would try to fetch them.
  engine.initSync({ module: readFileSync(portable.wasm) })
  return portableEngine(engine)
}

interface NativeRules {
  setMaxMatchesPerPattern(most: number): void
  scan(bytes: Buffer): {
    ruleIdentifier: string
    meta: Record<string, unknown>
    tags: string[]
    matches: { offset: number; length: number; identifier: string }[]
  }[]
}

interface Native {
  validate(text: string, options: object): { errors: { message: string }[] }
  compile(text: string, options: object): NativeRules
}

function nativeEngine(engine: Native): Engine {
  // An include would read files of this machine.
  const options = { defineVariables: VARIABLES, enableIncludes: false }
  return {
    name: 'native',
    compile(text) {
      const { errors } = engine.validate(text, options)
      if (errors.length > 0) return errors.map(({ message }) => message)
      const rules = engine.compile(text, options)
      rules.setMaxMatchesPerPattern(MOST_PLACES)
      return {
        match: (bytes) =>
          rules.scan(bytes).map(({ ruleIdentifier, meta, tags, matches }) => ({
            rule: ruleIdentifier,
            tags,
            meta: textsOf(Object.entries(meta)),
            places: matches.map(({ identifier, offset, length }) => ({ pattern: identifier, offset, length })),
          })),
      }
    },
  }
}

interface PortableMatch {
  readonly identifier: string
  readonly isPrivate: boolean
  readonly tags: string[]
  readonly metadata: { identifier: string; value: unknown }[]
  readonly patterns: { identifier: string; matches: { offset: number; length: number }[] }[]
}

interface Portable {
  initSync(module: { module: Buffer }): unknown
  Compiler: new () => {
    defineGlobal(name: string, value: string): void
    addSource(text: string): void
    readonly errors: string[]
    build(): { scanner(): { setMaxMatchesPerPattern(most: number): void; scan(bytes: Uint8Array): { matches: PortableMatch[] } } }
    free(): void
  }
}

function portableEngine(engine: Portable): Engine {
  return {
    name: 'portable',
    compile(text) {
      const compiler = new engine.Compiler()
      try {
        for (const [name, value] of Object.entries(VARIABLES)) compiler.defineGlobal(name, value)
        compiler.addSource(text)
      } catch (error) {
        return compiler.errors.length > 0 ? compiler.errors : [error instanceof Error ? error.message : String(error)]
      }
      const scanner = compiler.build().scanner()
      scanner.setMaxMatchesPerPattern(MOST_PLACES)
      return {
        // This engine lists private rules too.
        match: (bytes) =>
          scanner
            .scan(bytes)
            .matches.filter(({ isPrivate }) => !isPrivate)
            .map(({ identifier, tags, metadata, patterns }) => ({
              rule: identifier,
              tags,
              meta: textsOf(metadata.map(({ identifier: name, value }): [string, unknown] => [name, value])),
              places: patterns.flatMap(({ identifier: pattern, matches }) => matches.map(({ offset, length }) => ({ pattern, offset, length }))),
            })),
      }
    },
  }
}

/** Of metadata the texts: nothing else in them is of use, and the engines differ in how they give it. */
function textsOf(entries: readonly [string, unknown][]): Record<string, string> {
  return Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value.slice(0, 500)]] : [])))
}
