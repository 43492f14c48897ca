import axe from 'axe-core'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

/** WCAG 2.2 levels A and AA. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** What runs inside the page is text: the DOM has no place among the types of the server. */
const WATCH_POLICY = `
  globalThis.cspViolations = []
  document.addEventListener('securitypolicyviolation', (event) => cspViolations.push([event.violatedDirective, event.blockedURI, event.sample].join(' ')))
`
interface AxeReport {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
}

export type Scheme = 'light' | 'dark'

/** A tab of a real browser that notes what its page complains about. */
export interface Tab {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors in the console and uncaught errors, but not answers of the server that say no. */
  readonly errors: readonly string[]
  /** What the content security policy refused so far. */
  cspViolations(): Promise<string[]>
  /** Rules of WCAG that the page breaks now, each with the element; all of levels A and AA, or only those named. */
  axeViolations(only?: readonly string[]): Promise<string[]>
}

/** Chromium without windows around its pages: those cost a quarter of all time that the browser tests take. */
export const BROWSER = '/usr/bin/chromium-headless-shell'

/** Pages of one site share a process that is warm: to start one for each of them costs a third of all time. */
const ONE_RENDERER = ['--process-per-site', '--renderer-process-limit=1']

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu', ...ONE_RENDERER] })
}

interface TabOptions {
  readonly cookie?: string
  readonly scheme?: Scheme
  readonly width?: number
  readonly height?: number
  /** With nothing in the browser's cache, for pages that may be kept for a while. */
  readonly fresh?: boolean
}

/**
 * Opens a tab of its own context; `cookie` (`name=value`) signs it in. Closing the context keeps the tab, emptied, for the next one
 * that is opened at this address: to load the console into a new context takes a browser three times as long.
 */
export async function openTab(
  browser: Browser,
  url: string,
  { cookie, scheme = 'light', width = 1440, height = 900, fresh = false }: TabOptions = {},
): Promise<Tab> {
  const kept = keptTabs(browser, url)
  const { page, context } = (fresh ? undefined : kept.pop()) ?? (await newTab(browser, url, kept))
  await page.setViewportSize({ width, height })
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  if (cookie !== undefined) {
    const [name = '', value = ''] = cookie.split('=')
    await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Strict' }])
  }
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource: the server responded with a status of 4'))
      errors.push(message.text())
  })
  return {
    page,
    context,
    errors,
    cspViolations: () => page.evaluate<string[]>('cspViolations'),
    axeViolations: (only) => axeViolations(page, only),
  }
}

type Kept = Pick<Tab, 'page' | 'context'>
const kept = new WeakMap<Browser, Map<string, Kept[]>>()

/** Emptied tabs of a browser for one address. */
function keptTabs(browser: Browser, url: string): Kept[] {
  const byUrl = kept.get(browser) ?? new Map<string, Kept[]>()
  kept.set(browser, byUrl)
  const tabs = byUrl.get(url) ?? []
  byUrl.set(url, tabs)
  return tabs
}

async function newTab(browser: Browser, url: string, tabs: Kept[]): Promise<Kept> {
  const context = await browser.newContext({ baseURL: url, timezoneId: 'Europe/Berlin' })
  await context.addInitScript(WATCH_POLICY)
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const close = context.close.bind(context)
  context.close = async () => {
    if (hasKeys.has(context) || !(await isEmptied(page, context, url))) return close()
    tabs.push({ page, context })
  }
  return { page, context }
}

/** Leaves nothing of whoever used the tab but what the browser's cache holds; false when that did not work. */
async function isEmptied(page: Page, context: BrowserContext, url: string): Promise<boolean> {
  try {
    for (const other of context.pages()) if (other !== page) await other.close()
    for (const event of ['pageerror', 'console', 'dialog', 'request', 'response', 'download', 'filechooser'] as const) page.removeAllListeners(event)
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    if (page.url().startsWith(url)) await page.evaluate('sessionStorage.clear(), localStorage.clear()')
    await page.goto('about:blank', { timeout: 5000 })
    await context.clearCookies()
    return true
  } catch {
    return false
  }
}

/** Contexts with an authenticator, which holds passkeys of whoever used it. */
const hasKeys = new WeakSet<BrowserContext>()

async function axeViolations(page: Page, only: readonly string[] = RULES): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeReport>(`axe.run(document, { runOnly: ${JSON.stringify(only)}, resultTypes: ['violations'] })`)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
}

/** Gives the tab an authenticator built into the device, which holds passkeys and says yes to everything (WebAuthn Level 3, section 11). */
export async function addAuthenticator({ page, context }: Tab): Promise<void> {
  hasKeys.add(context)
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
