import { createHash } from 'node:crypto'
import { parseInFull, parsePattern } from '#exchange/stix/patterns/parse.ts'
import { figure } from './figure.ts'

/**
 * Reading patterns and matching them. Patterns and values are those of the generator of exchange.md 22.5; the peers' figures are
 * those that exchange.md states, not run here.
 */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The pattern of the generator's line `at`. */
function patternOf(at: number): string {
  const hash = sha256(`v${at}`)
  if (at % 4 === 0) return `[file:hashes.'SHA-256' = '${hash}']`
  if (at % 4 === 1) return `[url:value = 'https://c${at % 5003}.example${at % 97}.com/p/${hash.slice(0, 16)}']`
  if (at % 4 === 2) return `[domain-name:value = 'd${at}.bad${at % 997}.example']`
  return `[ipv4-addr:value = '${10 + ((at >> 16) & 127)}.${(at >> 8) & 255}.${at & 255}.${hash.charCodeAt(0)}']`
}

/** One pattern of several operators, qualifiers and kinds of constants after another. */
function generalOf(at: number): string {
  return [
    `([file:name = 'a${at}.exe' AND file:size > ${at}] FOLLOWEDBY [network-traffic:dst_ref.value ISSUBSET '198.51.${at % 256}.0/24' OR domain-name:value LIKE '%.bad${at}.example']) WITHIN 300 SECONDS`,
    `[(file:name MATCHES '^x${at}.*\\\\.dll$' OR file:hashes.'SHA-256' IN ('${sha256(String(at))}', 'b')) AND file:parent_directory_ref.path NOT = 'C:\\\\Windows'] REPEATS ${1 + (at % 5)} TIMES`,
    `[windows-registry-key:values[*].data = h'0${at % 10}' AND EXISTS windows-registry-key:key] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'`,
    `[process:pid != ${at} AND process:arguments[0] = 'it\\'s ${at}'] AND [url:value = 'http://x${at}.example/'] OR [email-message:is_multipart = true]`,
  ][at % 4]!
}

function cpu(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const PATTERNS = 100_000
const simple = Array.from({ length: PATTERNS }, (_, at) => patternOf(at))
const general = Array.from({ length: PATTERNS }, (_, at) => generalOf(at))
for (const [what, texts, read] of [
  ['simple patterns read', simple, parsePattern],
  ['the same by the full grammar', simple, parseInFull],
  ['general patterns read', general, parsePattern],
] as const) {
  const parseAll = (): void => {
    for (const text of texts) if ('fault' in read(text)) throw new Error(text)
  }
  parseAll()
  figure(what, (3 * PATTERNS) / cpu(() => [1, 2, 3].forEach(parseAll)), 'per CPU-second')
}
