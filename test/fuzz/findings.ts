import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Inputs that the scanner once answered wrongly, as text, so that no machine opens them by chance. */
export const FINDINGS = join(import.meta.dirname, 'findings')

export function findings(): ReadonlyMap<string, Buffer> {
  const names = existsSync(FINDINGS) ? readdirSync(FINDINGS).filter((name) => name.endsWith('.base64')) : []
  return new Map(names.sort().map((name) => [name.replace(/\.base64$/, ''), Buffer.from(readFileSync(join(FINDINGS, name), 'utf8'), 'base64')]))
}
