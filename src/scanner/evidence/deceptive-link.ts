import { at, perFact, shown, type Judged } from './evidence.ts'

const ADDRESS = /^(?:https?:\/\/)?((?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,24})(?::\d{1,5})?(?:[/?#]\S{0,1000})?$/i
/** Endings that are names of files more often than of hosts. */
const FILE_NAME = /\.(docx?|xlsx?|pptx?|pdf|txt|html?|zip|rtf|png|jpe?g|gif|exe|js|msg|eml|one|csv|md|py|sh|pl|rs|cs|ps|ai)$/i

/**
 * A link that shows one address and leads to another: its text is the address of a host, and its target lies in another domain and does
 * not carry the shown address (a counting redirect does), or the target puts a host name before an `@`. A domain in punycode is a note.
 */
export const deceptiveLink = perFact(
  {
    id: 'deceptive-link',
    requires: [
      'a link in the body of a message',
      'its text is an address on one host, and its target leads to another domain without carrying the shown address; or the target has a host name before @',
    ],
    source: 'ATT&CK T1566.002, T1036; RFC 3986 7.6',
  },
  'mail-link',
  (fact): Judged | undefined => {
    const proof = [
      { ...at(fact), field: 'link text', value: shown(fact.text) },
      { ...at(fact), field: 'link target', value: shown(fact.target) },
    ]
    const url = webAddress(fact.target)
    if (!url) return undefined
    if (/^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,10}$/i.test(decoded(url.username)) && domainOf(decoded(url.username)) !== domainOf(url.hostname))
      return { kind: 'technique', severity: 'medium', summary: 'A link puts the name of one host before the one it leads to.', attack: ['T1566.002'], proof }
    const shownHost = ADDRESS.exec(fact.text)?.[1]?.toLowerCase()
    if (shownHost !== undefined && !(FILE_NAME.test(fact.text) && !/[/:]/.test(fact.text)) && deceives(shownHost, url))
      return {
        kind: 'technique',
        severity: 'medium',
        summary: 'A link shows the address of another host than the one it leads to.',
        attack: ['T1566.002'],
        proof,
      }
    if (!/(^|\.)xn--/.test(url.hostname)) return undefined
    return { kind: 'note', severity: 'low', summary: 'A link leads to a domain that is written in punycode.', attack: ['T1036'], proof }
  },
)

function deceives(shownHost: string, url: URL): boolean {
  const domain = domainOf(shownHost)
  if (domain === domainOf(url.hostname)) return false
  const carried = decoded(decoded(url.pathname + url.search)).matchAll(/https?:\/\/([a-z0-9.-]{1,253})/gi)
  return ![...carried].some(([, host]) => domainOf(host!) === domain)
}

function webAddress(target: string): URL | undefined {
  return /^https?:/i.test(target) && URL.canParse(target) ? new URL(target) : undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return text
  }
}

/** The part of a host name that is registered: its last two labels, or three below a country's short second level such as co.uk. */
function domainOf(host: string): string {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.')
  const short = labels.length > 2 && labels.at(-1)!.length === 2 && labels.at(-2)!.length <= 3
  return labels.slice(short ? -3 : -2).join('.')
}
