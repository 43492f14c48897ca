import { generateKeyPairSync } from 'node:crypto'
import { bech32 } from '@scure/base'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { system } from '#platform/auth/actor.ts'
import { sendMail } from '#platform/mail/send-mail.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { openBrowser, type Scheme, type Tab } from '#test/harness/browser.ts'
import { expectClean, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let second: Anybody
const tabs: Tab[] = []
const LINK = 'https://vedette.example/apply#vda_0123456789'

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  second = await seedStaff(vedette.app, operator.id, 'membership-officer', 'Second officer')
  await vedette.app.db.transaction(system('test'), async (tx) => {
    const mail = { operator: operator.id, kind: 'application.resume-link', to: 'applicant@vendor.example', subject: 'Go on with your application' }
    await sendMail(vedette.app, tx, { ...mail, text: `Go on here:\n\n${LINK}\n` })
    await sendMail(vedette.app, tx, { ...mail, to: 'nobody', subject: 'To nobody', text: 'x' })
  })
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await vedette.close()
})

async function open(path: string, who: Anybody, options: { scheme?: Scheme; width?: number; height?: number } = {}): Promise<Tab> {
  const tab = await openConsole(browser, url, path, who, options)
  tabs.push(tab)
  return tab
}
const narrow = { scheme: 'dark', width: 390, height: 844 } as const
const recipient = () => bech32.encodeFromBytes('age', Buffer.from(generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x!, 'base64url'))

describe('mail and contacts in the console', { timeout: 60_000 }, () => {
  it('shows officers what was kept, with its link to pass on', async () => {
    const tab = await open('/outbox', operator.people['membership-officer'])
    const { page } = tab
    await settled(page, 'Outgoing mail')
    await page.getByRole('row', { name: /Go on with your application.*applicant@vendor.example.*Kept/ }).waitFor()
    await page.getByRole('row', { name: /To nobody.*Failed.*no address/ }).waitFor()
    await expectClean(tab)
    await picture(tab, 'outbox')
    await page.getByRole('button', { name: 'Open: Go on with your application' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(LINK, { exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Copy the link' }).waitFor()
    await dialog.getByRole('button', { name: 'Send it again' }).click()
    await dialog.getByText('No mail server is set').waitFor()
    await expectClean(tab)
    await picture(tab, 'outbox-mail')
  })

  it('adds a key of one’s own, and refuses a private one', async () => {
    const tab = await open('/account', operator.vendor.people.analyst)
    const { page } = tab
    await settled(page, 'Account')
    await page.getByRole('button', { name: 'Add a key' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Public key').fill('AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ')
    await dialog.getByLabel('Use it until (UTC)').fill('2027-10-01')
    await dialog.getByRole('button', { name: 'Add the key' }).click()
    await dialog.getByText('this is a private key').waitFor()
    await expectClean(tab)
    await picture(tab, 'add-key')
    await dialog.getByLabel('Public key').fill(recipient())
    await dialog.getByRole('button', { name: 'Add the key' }).click()
    const row = page.getByRole('row', { name: /age.*SHA256:.*In force/ })
    await row.waitFor()
    await expectClean(tab)
    await picture(tab, 'account-keys')
  })

  it('widens a clearance by two officers, and lets the own admin narrow it', async () => {
    const name = 'Vendor A analyst'
    const first = await open('/contacts', operator.people['membership-officer'])
    await settled(first.page, 'Contacts')
    await first.page.getByLabel('Member', { exact: true }).selectOption({ label: 'Vendor A' })
    await first.page.getByRole('button', { name: `Clearance of ${name}` }).click()
    const dialog = first.page.getByRole('dialog')
    await dialog.getByLabel('Products', { exact: true }).fill('Parser\nKernel')
    await dialog.getByLabel('Policy of the place of work').fill('nowhere@1')
    await dialog.getByRole('button', { name: 'Set the clearance' }).click()
    await dialog.getByText('no policy of this name').waitFor()
    await dialog.getByLabel('Policy of the place of work').fill('unrestricted@1')
    await expectClean(first)
    await picture(first, 'clearance')
    await dialog.getByRole('button', { name: 'Set the clearance' }).click()
    await dialog.getByText('a second membership officer has to approve it').waitFor()
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()

    const other = await open('/contacts', second)
    await settled(other.page, 'Contacts')
    await other.page.getByRole('button', { name: `Approve the clearance of ${name}` }).waitFor()
    await expectClean(other)
    await picture(other, 'contacts')
    await other.page.getByRole('button', { name: `Approve the clearance of ${name}` }).click()
    await other.page.getByRole('dialog').getByRole('button', { name: 'Approve the clearance' }).click()
    await other.page.getByLabel('Member', { exact: true }).selectOption({ label: 'Vendor A' })
    await other.page.getByRole('row', { name: /Vendor A analyst.*Parser, Kernel · without proofs of concept · unrestricted@1/ }).waitFor()

    const own = await open('/organisation', operator.vendor.people.admin)
    await settled(own.page, 'Our organisation')
    await own.page.getByText('Nobody is named as the accountable contact').waitFor()
    await own.page.getByRole('button', { name: `What ${name} stands for` }).click()
    await own.page.getByLabel('Accountable').check()
    await own.page.getByRole('button', { name: 'Save' }).click()
    await own.page.getByText('Nobody is named as the accountable contact').waitFor({ state: 'detached' })
    await expectClean(own)
    await picture(own, 'organisation')
    await own.page.getByRole('button', { name: `Clearance of ${name}` }).click()
    await own.page.getByRole('dialog').getByLabel('Products', { exact: true }).fill('Parser')
    await own.page.getByRole('button', { name: 'Narrow it' }).click()
    await own.page.getByRole('row', { name: /Vendor A analyst.*Parser · without proofs of concept/ }).waitFor()
    await own.page.getByRole('button', { name: 'Set the role address' }).click()
    await own.page.getByLabel('Mail address').fill('psirt@vendor.example')
    await own.page.getByRole('button', { name: 'Save' }).click()
    await own.page.getByText('Role address: psirt@vendor.example').waitFor()
  })

  it('is readable on a phone in the dark, and shows each only what is theirs', async () => {
    const pages: [string, string, Anybody][] = [
      ['/outbox', 'Outgoing mail', second],
      ['/contacts', 'Contacts', operator.people.auditor],
      ['/organisation', 'Our organisation', operator.vendor.people.admin],
    ]
    for (const [path, heading, who] of pages) {
      const tab = await open(path, who, narrow)
      await settled(tab.page, heading)
      await expectClean(tab)
      await picture(tab, `narrow${path.replace('/', '-')}`)
    }
    const staff = await open('/account', operator.people.author)
    await settled(staff.page, 'Account')
    expect(await staff.page.getByRole('button', { name: 'Add a key' }).count()).toBe(0)
    for (const path of ['/outbox', '/contacts', '/organisation']) {
      await staff.page.goto(path)
      await settled(staff.page, 'Nothing is here for you')
    }
  })
})
