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

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--headless=new'] })
}

/** Opens a tab of its own context; `cookie` (`name=value`) signs it in. */
export async function openTab(
  browser: Browser,
  url: string,
  options: { cookie?: string; scheme?: Scheme; width?: number; height?: number } = {},
): Promise<Tab> {
  const { scheme = 'light', width = 1440, height = 900 } = options
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: scheme,
    viewport: { width, height },
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  })
  if (options.cookie !== undefined) {
    const [name = '', value = ''] = options.cookie.split('=')
    await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Strict' }])
  }
  await context.addInitScript(WATCH_POLICY)
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
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

async function axeViolations(page: Page, only: readonly string[] = RULES): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeReport>(`axe.run(document, { runOnly: ${JSON.stringify(only)}, resultTypes: ['violations'] })`)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
}

/** Gives the tab an authenticator built into the device, which holds passkeys and says yes to everything (WebAuthn Level 3, section 11). */
export async function addAuthenticator({ page, context }: Tab): Promise<void> {
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
