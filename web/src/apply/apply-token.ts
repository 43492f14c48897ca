const KEY = 'vedette-application'
const SHAPE = /^vda_[0-9A-Za-z]{49}$/

/**
 * The secret of a resume link. It stands in the fragment, which no server sees, and is taken out of the address at once, so that it
 * stays neither in the history nor on a shared screen. It is kept for this tab alone, until it is closed or the form is left, so
 * that a reload does not ask for the mail again.
 */
export function takeApplyToken(): string | undefined {
  const fragment = location.hash.slice(1)
  if (location.pathname === '/apply' && fragment !== '') history.replaceState(history.state, '', location.pathname)
  if (SHAPE.test(fragment)) keepApplyToken(fragment)
  return SHAPE.test(fragment) ? fragment : kept()
}

/** Opens the form with this secret from now on. */
export function keepApplyToken(token: string): void {
  try {
    sessionStorage.setItem(KEY, token)
  } catch {
    // Storage switched off: a reload needs the link again.
  }
}

/** Leaves the form at this browser. */
export function dropApplyToken(): void {
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // As above.
  }
}

function kept(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined
  }
}

/** Taken while the console starts, before the router looks at the address. */
export const applyTokenAtStart = takeApplyToken()
