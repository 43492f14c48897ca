import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Environment } from '#scanner/detonation/contract.ts'
import { environmentsFor } from '#scanner/detonation/plan.ts'
import { identify } from '#scanner/intake/identify.ts'
import { LIMITS } from '#scanner/intake/limits.ts'
import { unpack } from '#scanner/intake/unpack.ts'
import { LABELS, namesOf, readDocument } from '#test/corpus/labels.ts'
import { BENIGN, FOLDERS } from './corpora.ts'

export interface ChosenDocument {
  /** Folder and path in it. */
  readonly document: string
  readonly type: string
  /** `crafted`: of a folder of malicious documents, or named as the work of a fuzzer or as one of a CVE. */
  readonly known: 'ordinary' | 'crafted'
  readonly bytes: Buffer
}

/** What is an archive or a compound file by its first bytes is a document by what lies in it. */
const BY_CONTENT = new Set(['zip', 'cfb'])
const CRAFTED = /fuzz|cve-?\d|(?:^|\/)(?:poc|crash)-/i

/**
 * Documents that the viewer of an environment opens, the same ones each time: from each folder in turn, spread over its sorted names, until there are `count`.
 * Yields them one by one; nothing is kept.
 */
export function* chooseDocuments(root: string, environment: Environment, count: number): Generator<ChosenDocument, void, undefined> {
  const queues = FOLDERS.filter((name) => existsSync(join(root, name))).map((name) => fitting(root, name, environment))
  for (let left = count; left > 0 && queues.length > 0;) {
    for (const queue of queues.slice(0, left)) {
      const next = queue.next()
      if (next.done) queues.splice(queues.indexOf(queue), 1)
      else {
        yield next.value
        left--
      }
    }
  }
}

function* fitting(root: string, folder: string, environment: Environment): Generator<ChosenDocument, void, undefined> {
  for (const file of spread(namesOf(join(root, folder)))) {
    const bytes = readDocument(join(root, folder, file))
    const [first] = identify(bytes)
    const type = BY_CONTENT.has(first) ? unpack(bytes, { limits: LIMITS, passwords: [] }).kind : first
    if (environmentsFor(type, [environment]).length > 0) yield { document: `${folder}/${file}`, type, known: knownAs(folder, file), bytes }
  }
}

function knownAs(folder: string, file: string): ChosenDocument['known'] {
  const harmless = LABELS.some((label) => label.folder === folder && label.promises === 'nothing' && label.pattern.test(file))
  return (BENIGN.has(folder) || harmless) && !CRAFTED.test(basename(file)) ? 'ordinary' : 'crafted'
}

/** The same names in an order in which each beginning is spread over all of them: steps of the golden section. */
export function spread<T>(sorted: readonly T[]): T[] {
  const step = coprime(Math.max(1, Math.round(sorted.length * 0.618)), sorted.length)
  return sorted.map((_one, index) => sorted[(index * step) % sorted.length]!)
}

function coprime(from: number, to: number): number {
  const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b))
  return common(from, to) === 1 ? from : coprime(from + 1, to)
}
