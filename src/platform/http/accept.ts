/** Whether an Accept header (RFC 9110, section 12.5.1) lets the media type through; parameters that a range names have to be met. */
export function accepts(header: string | undefined, mediaType: string): boolean {
  if (header === undefined || header.trim() === '') return true
  const offered = parseRange(mediaType)
  return header.split(',').some((text) => {
    const range = parseRange(text)
    return range.quality > 0 && nameMatches(range.name, offered.name) && [...range.parameters].every((parameter) => offered.parameters.has(parameter))
  })
}

interface Range {
  readonly name: string
  readonly parameters: ReadonlySet<string>
  readonly quality: number
}

function parseRange(text: string): Range {
  const [name = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase())
  const quality = rest.find((part) => part.startsWith('q='))
  const parameters = rest.filter((part) => part !== '' && !part.startsWith('q=')).map((part) => part.replaceAll('"', ''))
  return { name, parameters: new Set(parameters), quality: quality === undefined ? 1 : Number(quality.slice(2)) }
}

function nameMatches(range: string, offered: string): boolean {
  if (range === '*/*') return true
  return range.endsWith('/*') ? offered.startsWith(range.slice(0, -1)) : range === offered
}
