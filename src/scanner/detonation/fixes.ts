import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { FixedIn } from './signals/differential.ts'

/** By the line of environments; written by `test/debian-fixes.ts` from the changelogs of Debian's packages. */
const FOLDER = join(import.meta.dirname, 'fixes')

/**
 * What was fixed in which version of the viewers' packages, by the line of environments. Of Chromium nothing is kept: between two of its versions lie so many that to
 * name them all would name none.
 */
export function knownFixes(): Readonly<Record<string, readonly FixedIn[]>> {
  return (known ??= Object.fromEntries(readdirSync(FOLDER).map((file) => [basename(file, '.json'), read(join(FOLDER, file))])))
}

let known: Record<string, readonly FixedIn[]> | undefined

function read(path: string): FixedIn[] {
  return z.array(FixedIn).parse(JSON.parse(readFileSync(path, 'utf8')))
}
