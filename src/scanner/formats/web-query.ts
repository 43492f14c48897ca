/** A web query (.iqy): a text that has Excel fetch a page and put it into cells, formulas and all. */
export interface WebQuery {
  readonly url: string
  /** Where the address begins, in characters of the text. */
  readonly offset: number
  /** What is sent to it, empty for a query that only asks. */
  readonly post: string
}

const HEAD = /^\s{0,20}WEB[ \t]{0,8}\r?\n[ \t]{0,8}\d{1,2}[ \t]{0,8}\r?\n/i
const LONGEST = 4096

/**
 * The address of a web query: behind the lines `WEB` and `1`, or the first line where these are left out, as they may be (Microsoft KB157482; only what
 * is called .iqy is read like that). Undefined for another text.
 */
export function readWebQuery(text: string, called: boolean): WebQuery | undefined {
  const head = HEAD.exec(text)?.[0].length
  if (head === undefined && !called) return undefined
  const [offset, url] = lineAt(text, head ?? 0)
  if (!/^[a-z][a-z0-9+.-]{1,30}:|^[\\/]{2}/i.test(url)) return undefined
  const [, post] = lineAt(text, offset + url.length)
  // Options such as Selection=1 may stand where the parameters are left out.
  return {
    url: url.slice(0, LONGEST),
    offset,
    post: /^(?:Selection|Formatting|\w{1,40}Recognition|SingleBlock\w{1,20}|\w{1,40}Redirections|ConsecutiveDelimiters\w{1,20})=/i.test(post) ? '' : post,
  }
}

/** The next line that is not empty: where it begins, and what it says. */
function lineAt(text: string, from: number): [offset: number, line: string] {
  let at = from
  while (at < text.length && /\s/.test(text[at]!)) at++
  const end = text.indexOf('\n', at)
  return [at, text.slice(at, Math.min(end === -1 ? text.length : end, at + LONGEST * 2)).trimEnd()]
}
