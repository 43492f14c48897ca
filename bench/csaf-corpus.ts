import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '#platform/errors.ts'
import { importAdvisory } from '#program/advisories/import-advisory.ts'
import { figure } from './figure.ts'

/**
 * Imports every JSON file under a folder of CSAF documents: `bin/run bench/csaf-corpus.ts FOLDER`. Each is
 * imported whole or refused with a code; any other exception fails the run. Skipped, saying so, without a folder.
 */
const folder = process.argv[2]
if (folder && existsSync(folder)) run(folder)
else process.stderr.write(`  skipped: ${folder ? `there is no folder ${folder}` : 'name a folder of CSAF documents as argument'}\n`)

function run(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort()
  const bytes = files.map((file) => readFileSync(join(folder, file)))
  const before = process.cpuUsage()
  const outcomes = files.map((file, at) => outcomeOf(file, bytes[at]!))
  const { user, system } = process.cpuUsage(before)
  for (const { file, says } of outcomes) process.stderr.write(`  ${file}: ${says}\n`)
  figure('CSAF files imported', outcomes.filter(({ imported }) => imported).length, `of ${files.length} files`)
  figure('CSAF files refused with a code', outcomes.filter(({ imported }) => !imported).length, `of ${files.length} files`)
  figure('import, first run without warm-up', files.length / ((user + system) / 1e6), 'files per CPU-second')
}

function outcomeOf(file: string, bytes: Uint8Array): { file: string; imported: boolean; says: string } {
  try {
    const { content, leftOut } = importAdvisory(bytes)
    const { vulnerabilities, products } = content
    return { file, imported: true, says: `imported, ${vulnerabilities.length} vulnerabilities, ${products.length} products, ${leftOut.length} left out` }
  } catch (error) {
    if (error instanceof Problem && error.fields.length > 0)
      return { file, imported: false, says: `${error.code} ${error.fields[0]!.field} ${error.fields[0]!.message}` }
    throw error
  }
}
