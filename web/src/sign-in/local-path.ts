/** A path of this console, and nothing else: an address that leads to another site becomes the home page. */
export function localPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])/.test(next)) return '/'
  const url = new URL(next, location.origin)
  return url.origin === location.origin ? url.pathname + url.search : '/'
}
