import { z } from 'zod'
import { LookupFault, LookupLine, type LookupHit } from '#exchange/search/contract.ts'
import { postLines } from '../api/client.ts'

/** Values of one request: a browser reads no answer before it has sent its whole question, so questions are short. */
const AT_ONCE = 5_000

/** One object that names one value. */
export interface Row {
  readonly key: string
  readonly value: string
  readonly kind: string
  readonly hit: LookupHit
}

/** What is known so far. */
export interface Outcome {
  readonly asked: number
  readonly answered: number
  readonly named: number
  readonly faults: readonly { readonly line: number; readonly error: string }[]
  readonly rows: readonly Row[]
}

const Answer = z.union([LookupLine, LookupFault])

/** The values of pasted text or a file, one a line, each once. */
export function valuesIn(text: string): string[] {
  return [
    ...new Set(
      text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    ),
  ]
}

/** Looks all of them up, some thousands at a time, and tells how far it has come after each. */
export async function lookUpAll(values: readonly string[], tell: (outcome: Outcome) => void, signal: AbortSignal): Promise<void> {
  const rows: Row[] = []
  const faults: { line: number; error: string }[] = []
  let [answered, named] = [0, 0]
  const told = () => tell({ asked: values.length, answered, named, faults: [...faults], rows: [...rows] })
  told()
  for (let from = 0; from < values.length; from += AT_ONCE) {
    for await (const answer of postLines(Answer, '/api/exchange/lookup', values.slice(from, from + AT_ONCE), signal)) {
      answered++
      if ('error' in answer) {
        faults.push({ line: from + answer.line, error: answer.error })
        continue
      }
      if (answer.found.length > 0) named++
      for (const hit of answer.found) rows.push({ key: `${answered} ${hit.id} ${hit.collection}`, value: answer.value, kind: answer.kind ?? '', hit })
    }
    told()
  }
}
