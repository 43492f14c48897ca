import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { openTab, type Scheme, type Tab } from '#test/harness/browser.ts'

/** Where pictures of the pages go, for people to look at; none are taken unless it is set. */
const PICTURES = process.env['VEDETTE_PICTURES']

export interface Anybody {
  readonly session: { readonly cookie: string }
}

export const SIZES = [
  [1440, 900],
  [390, 844],
] as const

/** Opens a page of the console in a browser of somebody who is signed in. */
export async function openConsole(
  browser: Browser,
  url: string,
  path: string,
  as: Anybody,
  options: { scheme?: Scheme; width?: number; height?: number } = {},
): Promise<Tab> {
  const tab = await openTab(browser, url, { ...options, cookie: as.session.cookie })
  await tab.page.goto(path)
  return tab
}

/** Until the page of this heading is there with what it loads. */
export async function settled(page: Page, heading: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
  await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' })
}

/** No broken rule of WCAG, nothing that the policy refused, no error, and nothing wider than the window. */
export async function expectClean(tab: Tab): Promise<void> {
  expect(await tab.axeViolations()).toEqual([])
  expect(await tab.cspViolations()).toEqual([])
  expect(tab.errors).toEqual([])
  expect(await tab.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
}

export async function picture({ page }: Tab, name: string): Promise<void> {
  if (PICTURES === undefined) return
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true })
}
