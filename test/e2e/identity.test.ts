import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { redirectUri } from '#platform/auth/oidc/provider-client.ts'
import { openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectClean, expectCleanEverywhere, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { seedContact } from '#test/harness/contact.ts'
import { startIdentityProvider, type TestIdentityProvider } from '#test/harness/identity-provider.ts'
import { seedPeople, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

let vedette: TestApp
let url: string
let browser: Browser
let idp: TestIdentityProvider
let operator: SeededOperator
let secondAdmin: SeededPerson<ContactActor>
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  // The provider is at 127.0.0.1 and Vedette at localhost: to the browser two different sites.
  vedette = await testApp({ env: { VEDETTE_IDP_PRIVATE_HOSTS: '127.0.0.1' } })
  vedette.clock.set(new Date())
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  secondAdmin = await seedContact(vedette.app, operator.vendor, 'admin', 'Second admin')
  idp = await startIdentityProvider(redirectUri(vedette.app))
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await idp.close()
  await vedette.close()
})

async function open(path: string, as?: Anybody): Promise<Tab> {
  const tab = await openTab(browser, url, as ? { cookie: as.session.cookie } : {})
  tabs.push(tab)
  await tab.page.goto(path)
  return tab
}

async function everyLook(path: string, heading: string, as: Anybody | undefined, name: string): Promise<void> {
  const tab = await open(path, as)
  await settled(tab.page, heading)
  await expectCleanEverywhere(tab, name)
}

describe('sign-in by the organisation, in the browser', () => {
  let signInName: string

  it('is proposed by one admin and confirmed by another', async () => {
    const { admin } = operator.vendor.people
    const tab = await open('/sign-in-settings', admin)
    const { page } = tab
    await settled(page, 'Sign-in')
    await page.getByText('Your organisation has no identity provider here').waitFor()
    await page.getByRole('button', { name: 'Propose an identity provider' }).click()
    await page.getByLabel('Issuer').fill('http://provider.example')
    await page.getByLabel('Client ID').fill(idp.clientId)
    await page.getByLabel('Client secret').fill(idp.clientSecret)
    await expectClean(tab)
    await picture(tab, 'propose-provider')
    await page.getByRole('button', { name: 'Propose', exact: true }).click()
    await page.getByText('no discovery document of this issuer can be read').waitFor()
    await page.getByLabel('Issuer').fill(idp.issuer)
    await page.getByRole('button', { name: 'Propose', exact: true }).click()
    await page.getByText('Another admin of yours, or a membership officer of the operator, has to confirm it.').waitFor()
    expect(await page.getByRole('button', { name: 'Confirm' }).count()).toBe(0)

    idp.next = { subject: 'anybody', amr: ['mfa'] }
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByText('It works').waitFor()
    await expectClean(tab)

    const second = await open('/sign-in-settings', secondAdmin)
    await second.page.getByRole('button', { name: 'Confirm' }).click()
    await second.page.getByText('Signs people in').waitFor()
    const address = await second.page.getByText(/\/sign-in\?organisation=/).textContent()
    signInName = new URL(address!).searchParams.get('organisation')!
    await everyLook('/sign-in-settings', 'Sign-in', secondAdmin, 'sign-in-settings')
    const officer = await open('/sign-in-settings', operator.people['membership-officer'])
    await officer.page.getByRole('heading', { name: `Identity provider of ${operator.vendor.name}` }).waitFor()
  })

  it('is connected under Account, and opens the door from then on', async () => {
    const { analyst } = operator.vendor.people
    idp.next = { subject: 'analyst-at-the-provider', amr: ['pwd', 'mfa'] }
    const stranger = await open(`/sign-in?organisation=${signInName}`)
    await stranger.page.getByRole('button', { name: 'Sign in with your organisation' }).click()
    await stranger.page.getByText('This sign-in was not accepted').waitFor()
    await picture(stranger, 'sign-in-refused')

    const own = await open('/account', analyst)
    await own.page.getByRole('button', { name: 'Connect sign-in of your organisation' }).click()
    await own.page.getByText('Connected: from now on').waitFor()
    await own.page.getByText('analyst-at-the-provider').waitFor()
    await expectClean(own)
    await picture(own, 'account-connected')

    const door = await open('/sign-in')
    await door.page.getByLabel('Sign-in name of your organisation').fill(signInName.replace(/(.{4})(?=.)/g, '$1-').toUpperCase())
    await door.page.getByRole('button', { name: 'Sign in with your organisation' }).click()
    await settled(door.page, 'Home')
    await door.page.goto('/account')
    await door.page.getByText('Your organisation, from').waitFor()
    expect(await door.page.getByRole('button', { name: 'Create a token' }).count()).toBe(0)

    // Disabled by one admin, at once.
    const settings = await open('/sign-in-settings', operator.vendor.people.admin)
    await settings.page.getByRole('button', { name: 'Disable' }).click()
    await expectClean(settings)
    await settings.page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await settings.page.getByText('Your organisation has no identity provider here').waitFor()
    await door.page.goto('/packages')
    await door.page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor()
    await everyLook(`/sign-in?organisation=${signInName}`, 'Sign in', undefined, 'sign-in')
  })
})
