/** Rules that belong together: names in it are unique, and a global rule holds for all of it. */
export interface RuleSet {
  /** Of the folder that they came from; of those that Vedette brings, `vedette`. */
  readonly name: string
  readonly files: readonly RuleFile[]
}

export interface RuleFile {
  /** Path in the set's folder. */
  readonly name: string
  readonly text: string
}

/** What keeps a rule file from being used; lines and columns count from 1. */
export interface RuleFault {
  readonly set: string
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

/** All files of a set as one text, and where a line of that stands in its file. */
export function joinRules({ files }: RuleSet): { readonly text: string; locate(line: number): { readonly file: string; readonly line: number } } {
  const texts = files.map(({ text }) => `${text}\n`)
  const starts: number[] = []
  let lines = 1
  for (const text of texts) {
    starts.push(lines)
    lines += text.split('\n').length - 1
  }
  return {
    text: texts.join(''),
    locate(line) {
      const index = Math.max(
        0,
        starts.findLastIndex((start) => start <= line),
      )
      return { file: files[index]?.name ?? '', line: line - (starts[index] ?? 1) + 1 }
    },
  }
}

const PLACE = / --> line:(\d{1,9}):(\d{1,9})/
const HEAD = /^(?:error\[\w{1,10}\]: )?([^\n]{1,300})/

/** What the compiler says of a joined set, by file and line. */
export function faultOf(set: RuleSet, said: string, locate: (line: number) => { readonly file: string; readonly line: number }): RuleFault {
  const [, line, column] = PLACE.exec(said) ?? []
  const [, message] = HEAD.exec(said) ?? []
  const label = /\n {0,12}\| +[-^]+ ([^\n]{1,200})/.exec(said)?.[1]
  return { set: set.name, ...locate(Number(line ?? 1)), column: Number(column ?? 1), message: [message ?? 'it is no rule', label].filter(Boolean).join(': ') }
}
