import { printable } from '#scanner/formats/bytes.ts'
import type { PageReport } from '#scanner/detonation/page/page-report.ts'

const COLUMN = 16
const MOST_LINES = 40
const LONGEST = 300

/** What a page did, as lines for a person; `--json` has all of it. */
export function pageText(page: PageReport): string {
  const lines = [
    line('page', page.title ?? ''),
    line('ended at', page.final ?? 'nothing was shown'),
    ...some('redirect', page.redirects, ({ cause, status, from, to }) => `${cause}${status === undefined ? '' : ` ${status}`}  ${from ?? ''} -> ${to}`),
    ...some('certificate', page.certificates, ({ host, valid, why, chain }) => `${host}: ${valid ? 'valid' : (why ?? 'not valid')}, ${chain[0]?.issuer ?? ''}`),
    ...some('launches', page.schemes, ({ url, cause }) => `${url}${cause === undefined ? '' : ` (${cause})`}`),
    ...some('clipboard', page.clipboard, ({ text }) => text),
    ...some('download', page.downloads, ({ name, url }) => `${name}${url === undefined ? '' : ` from ${url}`}`),
    ...some('dialog', page.dialogs, ({ text }) => text),
    ...some('unreported', page.unreported, ({ method, url }) => `${method} ${url}`),
    ...resourcesOf(page),
    ...some(
      'script',
      page.scripts,
      ({ how, from, detail, sha256 }) =>
        `${how}, ${detail}${from === undefined ? '' : `, of ${from}`}${sha256 === undefined ? '' : `, ${sha256.slice(0, 16)}`}`,
    ),
    ...some('worker', page.workers, ({ kind, url }) => `${kind} ${url ?? ''}`),
    ...some('socket', page.sockets, ({ url }) => url),
    ...some('console', page.console, ({ text }) => text),
    line('screens', String(page.screens.length)),
    ...(page.heap.length > 0 ? [line('scripts held', `at most ${Math.ceil(Math.max(...page.heap.map(({ bytes }) => bytes)) / 2 ** 20)} MiB`)] : []),
  ]
  return lines.map((text) => `${text}\n`).join('')
}

/** As a tree: what a resource asked for stands below it, further in. */
function resourcesOf({ resources }: PageReport): string[] {
  const depths: number[] = []
  for (const [place, { parent }] of resources.entries()) depths[place] = parent === undefined || parent >= place ? 0 : Math.min(depths[parent]! + 1, 10)
  const shown = resources.map(({ method, url, as, status, outcome, why, size }, place) => {
    const answer = [status, outcome === 'answered' ? undefined : outcome, why, size === undefined ? undefined : `${size} bytes`].filter(
      (one) => one !== undefined,
    )
    return `${'  '.repeat(depths[place]!)}${method} ${cut(url)}${as === undefined ? '' : ` (${as})`}${answer.length > 0 ? `: ${answer.join(', ')}` : ''}`
  })
  return some('request', shown, (text) => text)
}

function some<T>(head: string, items: readonly T[], text: (item: T) => string): string[] {
  const lines = items.slice(0, MOST_LINES).map((item, at) => line(at === 0 ? head : '', text(item)))
  return items.length > MOST_LINES ? [...lines, line('', `and ${items.length - MOST_LINES} more`)] : lines
}

const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text)
const line = (head: string, text: string) => `  ${head.padEnd(COLUMN - 2)}${printable(text, 2 * LONGEST)}`
