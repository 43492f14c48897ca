/**
 * Whether an Accept header (RFC 9110, section 12.5.1) lets the media type through: parameters that a range names have to be met, and
 * of the ranges that fit the most exact one decides, so that a quality of 0 excludes what a wider range would take.
 */
export function accepts(header: string | undefined, mediaType: string): boolean {
  if (header === undefined || header.trim() === '') return true
  const offered = parseRange(mediaType)
  const fitting = header
    .split(',')
    .map(parseRange)
    .filter(({ name, parameters }) => nameMatches(name, offered.name) && [...parameters].every((parameter) => offered.parameters.has(parameter)))
  const most = Math.max(...fitting.map(exactness))
  return fitting.some((range) => exactness(range) === most && range.quality > 0)
}

interface Range {
  readonly name: string
  readonly parameters: ReadonlySet<string>
  readonly quality: number
}

/** What follows the quality is no parameter of the type. */
function parseRange(text: string): Range {
  const [name = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase())
  const at = rest.findIndex((part) => part.startsWith('q='))
  const parameters = (at < 0 ? rest : rest.slice(0, at))
    .filter((part) => part !== '')
    .map((part) =>
      part
        .replaceAll('"', '')
        .split('=')
        .map((word) => word.trim())
        .join('='),
    )
  return { name, parameters: new Set(parameters), quality: at < 0 ? 1 : Number(rest[at]!.slice(2)) }
}

function exactness({ name, parameters }: Range): number {
  return name === '*/*' ? 0 : name.endsWith('/*') ? 1 : 2 + parameters.size
}

function nameMatches(range: string, offered: string): boolean {
  if (range === '*/*') return true
  return range.endsWith('/*') ? offered.startsWith(range.slice(0, -1)) : range === offered
}
