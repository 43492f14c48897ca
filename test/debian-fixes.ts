import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { fixesIn } from '#scanner/detonation/signals/changelog.ts'
import { compareVersions } from '#scanner/detonation/signals/debian-version.ts'

/**
 * Writes which vulnerabilities Debian fixed in which version of a viewer: `bin/run test/debian-fixes.ts LINE PACKAGE.deb...`. The packages are the older and the current one
 * (`apt-get download` fetches them); what the changelog of the older one says as well was fixed in it too.
 */
const [line, ...packages] = process.argv.slice(2)
if (line === undefined || packages.length === 0) throw new Error('name a line of environments, and packages')
const all = packages.flatMap((path) => {
  const [name, version] = ['Package', 'Version'].map((field) => execFileSync('dpkg-deb', ['--field', path, field], { encoding: 'utf8' }).trim())
  return fixesIn(changelogOf(path), `changelog of Debian's ${name} ${version}`)
})
const fixes = [...new Map(all.map((fix) => [`${fix.cve} ${fix.version}`, fix])).values()].sort(
  (a, b) => compareVersions(a.version, b.version) || (a.cve < b.cve ? -1 : 1),
)
const out = join(import.meta.dirname, '../src/scanner/detonation/fixes', `${line}.json`)
writeFileSync(out, `[\n${fixes.map((fix) => `  ${JSON.stringify(fix)}`).join(',\n')}\n]\n`)
console.log(`${out}: ${fixes.length}`)

function changelogOf(path: string): string {
  const files = execFileSync('dpkg-deb', ['--fsys-tarfile', path], { maxBuffer: 2 ** 31 - 1 })
  const packed = execFileSync('tar', ['--extract', '--to-stdout', '--wildcards', './usr/share/doc/*/changelog.Debian.gz'], { input: files, maxBuffer: 2 ** 28 })
  return gunzipSync(packed).toString('utf8')
}
