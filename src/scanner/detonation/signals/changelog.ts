import { FixedIn } from './differential.ts'

const ENTRY = /^[a-z0-9][a-z0-9+.-]* \(([A-Za-z0-9.+~:-]{1,100})\)/
const CVE = /\bCVE-(?:1999|2\d{3})-\d{4,7}\b/g

/** What a changelog of Debian (deb-changelog(5)) says of vulnerabilities: each with the version whose entry names it. Linear; what is no changelog gives none. */
export function fixesIn(changelog: string, source: string): FixedIn[] {
  let version: string | undefined
  const found = new Map<string, FixedIn>()
  for (const line of changelog.split('\n')) {
    version = ENTRY.exec(line)?.[1] ?? version
    if (version === undefined || ENTRY.test(line)) continue
    for (const [cve] of line.matchAll(CVE)) found.set(`${cve} ${version}`, { cve, version, source })
  }
  return [...found.values()]
}
