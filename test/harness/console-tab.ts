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

/** The rule of axe-core that colours can break. */
const COLOUR_RULES = ['color-contrast'] as const

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

/** No broken rule of WCAG, or of those named, nothing that the policy refused, no error, and nothing wider than the window. */
export async function expectClean(tab: Tab, only?: readonly string[]): Promise<void> {
  expect(await tab.axeViolations(only)).toEqual([])
  await expectUntroubled(tab)
}

/** Nothing that the policy refused, no error, and nothing wider than the window; rules of WCAG are asked elsewhere. */
export async function expectUntroubled(tab: Tab): Promise<void> {
  expect(await tab.cspViolations()).toEqual([])
  expect(tab.errors).toEqual([])
  expect(await tab.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
}

/** As it stands; where pictures are taken, in each scheme and size. For pages that are made of what another test asks in all of them. */
export async function expectCleanHere(tab: Tab, name: string): Promise<void> {
  if (PICTURES === undefined) await expectClean(tab)
  else await expectCleanEverywhere(tab, name)
}

/**
 * The page as it stands is clean in each scheme and size; one picture of each goes under `name`. The dark scheme changes
 * colours and no element, so that only the rule on colours is asked again.
 */
export async function expectCleanEverywhere(tab: Tab, name: string): Promise<void> {
  const { page } = tab
  const before = page.viewportSize()!
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height })
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await page.locator(`html[data-mantine-color-scheme=${scheme}]`).waitFor()
      // Colours fade into those of the other scheme.
      await page.evaluate('Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map(({ finished }) => finished))')
      await expectClean(tab, scheme === 'dark' ? COLOUR_RULES : undefined)
      await picture(tab, `${name}-${scheme}-${width}`)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(before)
}

export async function picture({ page }: Tab, name: string): Promise<void> {
  if (PICTURES === undefined) return
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true })
}
