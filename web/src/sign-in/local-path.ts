const HERE = 'http://console.invalid'

/** A path of this console, and nothing else: an address that leads to another site becomes the home page. */
export function localPath(next: string | undefined): string {
  if (next === undefined || !next.startsWith('/') || !URL.canParse(next, HERE)) return '/'
  const url = new URL(next, HERE)
  const path = url.pathname + url.search
  return url.origin === HERE && !path.startsWith('//') ? path : '/'
}
