import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { ScanReport } from '#scanner/verdict/contract.ts'

/** What the names of documents promise, in the corpora that have such names (corpora.ts). */
export interface Label {
  readonly name: string
  readonly folder: 'oletools' | 'maldoca'
  /** Of the path in that folder. */
  readonly pattern: RegExp
  /** What such a document is to be called: active content, nothing, or nothing because a lock keeps it shut; undefined where the name does not say. */
  readonly promises?: 'active' | 'nothing' | 'locked'
  readonly agrees: (report: ScanReport) => boolean
}

const has =
  (...ids: string[]) =>
  ({ verdict: { techniques } }: ScanReport) =>
    techniques.some(({ id }) => ids.includes(id))
const locked = ({ verdict, outcome }: ScanReport) => outcome === 'incomplete' && verdict.not_checked.some(({ reason }) => reason === 'encrypted')
const holdsVba = ({ extracted }: ScanReport) => extracted.some(({ type }) => /vba/i.test(type))

export const LABELS: readonly Label[] = [
  { name: 'dde-*', folder: 'oletools', pattern: /(^|\/)dde-/, promises: 'active', agrees: has('dde') },
  {
    name: 'harmless-*',
    folder: 'oletools',
    pattern: /(^|\/)harmless-/,
    promises: 'nothing',
    agrees: ({ verdict, outcome }) => verdict.exploit === 'none-seen' && outcome === 'complete',
  },
  {
    name: 'external_link',
    folder: 'oletools',
    pattern: /external_link/,
    promises: 'active',
    agrees: has('external-relationship', 'remote-template', 'ole-link'),
  },
  { name: 'embedded-*', folder: 'oletools', pattern: /(^|\/)embedded-/, promises: 'active', agrees: has('embedded-package') },
  {
    name: 'sample_with_lnk_*, *calc_embedded',
    folder: 'oletools',
    pattern: /(^|\/)sample_with_(lnk|calc)/,
    promises: 'active',
    agrees: ({ verdict }) => verdict.techniques.some(({ id, severity }) => id === 'embedded-package' && severity === 'high'),
  },
  { name: 'excel4_*', folder: 'oletools', pattern: /(^|\/)excel4_/, promises: 'active', agrees: has('excel4-macro') },
  { name: 'autostart-*', folder: 'oletools', pattern: /(^|\/)autostart-/, promises: 'active', agrees: has('vba-autoexec', 'excel4-macro') },
  {
    name: 'encrypted.*',
    folder: 'oletools',
    pattern: /(^|\/)encrypted\./,
    promises: 'locked',
    agrees: (report) => locked(report) && report.verdict.exploit === 'none-seen',
  },
  {
    name: 'sample_with_vba',
    folder: 'oletools',
    pattern: /(^|\/)sample_with_vba/,
    agrees: (report) => has('vba-autoexec')(report) || holdsVba(report) || report.verdict.notes.some(({ id }) => /vba/.test(id)),
  },
  { name: 'MALICIOUS_*', folder: 'maldoca', pattern: /(^|\/)MALICIOUS_/, promises: 'active', agrees: ({ verdict }) => verdict.exploit !== 'none-seen' },
  { name: 'encrypted_*', folder: 'maldoca', pattern: /(^|\/)encrypted_/, agrees: locked },
]

/** What the archives of oletools are locked with, as its own tests say. */
export const PASSWORDS: readonly string[] = ['infected-test']

const XORED = /_xor_0x42_encoded(\.\w+)?$/

/** The documents of a folder, sorted. */
export function* documentsOf(root: string): Generator<{ readonly file: string; readonly bytes: Buffer }, void, undefined> {
  for (const file of namesOf(root)) yield { file, bytes: readDocument(join(root, file)) }
}

/** Their paths in that folder, sorted. */
export function namesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(textproto|textproto_external|out|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => relative(root, path))
}

/** The bytes of one; those that are kept XORed with 0x42 are undone in memory only. */
export function readDocument(path: string): Buffer {
  const stored = readFileSync(path)
  return XORED.test(path) ? Buffer.from(stored.map((byte) => byte ^ 0x42)) : stored
}
