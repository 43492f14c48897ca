/** Compares two versions of Debian packages as dpkg does (deb-version(7)): negative where the first is the older one. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)]
  return left.epoch - right.epoch || compareText(left.upstream, right.upstream) || compareText(left.revision, right.revision)
}

/** The version of the program itself, without what Debian adds: 7.4.7 of 4:7.4.7-1+deb12u8. */
export function upstreamVersion(version: string): string {
  return split(version).upstream.replace(/(?:[+~](?:ds|dfsg|repack|really)[0-9.]*)+$/, '')
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(':')
  const epoch = colon === -1 ? 0 : Number(version.slice(0, colon)) || 0
  const rest = version.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return { epoch, upstream: dash === -1 ? rest : rest.slice(0, dash), revision: dash === -1 ? '0' : rest.slice(dash + 1) }
}

/** By turns a part without digits, in which a tilde comes before the end and letters before the rest, and a number. */
function compareText(a: string, b: string): number {
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    while ((i < a.length && !digit(a[i]!)) || (j < b.length && !digit(b[j]!))) {
      const order = weight(a[i]) - weight(b[j])
      if (order !== 0) return order
      i++
      j++
    }
    const [left, right] = [/^\d*/.exec(a.slice(i, i + 100))![0], /^\d*/.exec(b.slice(j, j + 100))![0]]
    const order = Number(BigInt(left || '0') - BigInt(right || '0'))
    if (order !== 0) return order
    i += left.length
    j += right.length
  }
  return 0
}

function digit(character: string): boolean {
  return character >= '0' && character <= '9'
}

function weight(character: string | undefined): number {
  if (character === undefined || digit(character)) return 0
  if (character === '~') return -1
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256
}
