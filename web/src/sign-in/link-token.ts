/**
 * Takes the one-time token out of the address of the welcome page: it stands in the fragment, which no
 * server sees, and is removed at once so that it stays neither in the history nor on a shared screen.
 * Kept in memory only.
 */
export function takeLinkToken(): string | undefined {
  const fragment = location.hash.slice(1)
  if (location.pathname !== '/welcome' || fragment === '') return undefined
  history.replaceState(history.state, '', location.pathname)
  return new URLSearchParams(fragment).get('token') ?? fragment
}

/** Taken while the console starts, before the router looks at the address. */
export const tokenAtStart = takeLinkToken()
