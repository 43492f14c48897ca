import { readdir, readFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RuleSet } from './rule-set.ts'

const MOST_FILES = 5_000
const MOST_BYTES = 32 * 2 ** 20
const OWN = fileURLToPath(new URL('./own', import.meta.url))

/** Rules could not be read; the message is for whoever named the folder. */
export class RulesUnreadable extends Error {
  override name = 'RulesUnreadable'
}

/** The rules that Vedette brings. */
export async function ownRules(): Promise<RuleSet> {
  return { ...(await loadRules(OWN)), name: 'vedette' }
}

/** The files `*.yar` and `*.yara` of a folder and of those below, in the order of their names; links are not followed. Throws RulesUnreadable. */
export async function loadRules(folder: string): Promise<RuleSet> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => error)
  if (found instanceof Error) throw new RulesUnreadable(`${folder}: the folder of rules cannot be read (${found.code})`)
  const paths = found
    .filter((entry) => entry.isFile() && /\.yara?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  if (paths.length === 0) throw new RulesUnreadable(`${folder}: there is no file *.yar or *.yara`)
  if (paths.length > MOST_FILES) throw new RulesUnreadable(`${folder}: more than ${MOST_FILES} files of rules`)
  const files: { name: string; text: string }[] = []
  let bytes = 0
  for (const path of paths) {
    const name = relative(folder, path)
    const content = await readFile(path).catch(() => undefined)
    if (!content) throw new RulesUnreadable(`${folder}: ${name} cannot be read`)
    bytes += content.length
    if (bytes > MOST_BYTES) throw new RulesUnreadable(`${folder}: more than ${MOST_BYTES / 2 ** 20} MiB of rules`)
    files.push({ name, text: utf8(content, `${folder}: ${name} is not UTF-8`) })
  }
  return { name: basename(resolve(folder)), files }
}

function utf8(content: Buffer, otherwise: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    throw new RulesUnreadable(otherwise)
  }
}
