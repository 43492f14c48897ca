import { readFileSync } from 'node:fs'
import { addAuthenticator, openBrowser, openTab } from '#test/harness/browser.ts'
const url = 'http://localhost:8799'
const link = process.argv[2]!
const out = '/tmp/console-real-pics'
const browser = await openBrowser()
const tab = await openTab(browser, url)
const { page } = tab
page.setDefaultTimeout(60_000)
await addAuthenticator(tab)
await page.goto(link)
await page.locator('h1').first().waitFor()
console.log(await page.locator('h1').first().innerText(), await page.locator('button').allInnerTexts())
for (const name of ['Go on', 'Enrol a passkey']) {
  const button = page.getByRole('button', { name })
  if (
    await button.waitFor({ timeout: 8000 }).then(
      () => true,
      () => false,
    )
  )
    await button.click()
}
await page
  .getByRole('heading', { level: 1, name: 'Home' })
  .waitFor({ timeout: 20_000 })
  .catch(async () => {
    await page.screenshot({ path: out + '/door.png' })
  })
await page.goto(`${url}/machines`)
await page.locator('h1').first().waitFor()
await page.screenshot({ path: `${out}/machines.png`, fullPage: true })
for (const name of process.argv.slice(3)) {
  await page.goto(`${url}/scanner`)
  await page.getByRole('heading', { level: 1, name: 'Scanner' }).waitFor()
  const file = name.split('/').at(-1)!
  await page.getByLabel('Files to scan').setInputFiles([{ name: file, mimeType: 'application/octet-stream', buffer: readFileSync(name) }])
  await page.getByRole('link', { name: file }).first().click()
  await page.getByRole('heading', { level: 1, name: 'Submission' }).waitFor()
  await page
    .getByText(/Is open now|Waits for/)
    .first()
    .waitFor()
    .catch(() => console.log('not seen running'))
  await page.screenshot({ path: `${out}/${file}-running.png`, fullPage: true })
  await page
    .getByRole('list', { name: 'What each environment showed' })
    .waitFor({ timeout: 150_000 })
    .catch((e) => console.log(String(e).slice(0, 200)))
  await page.screenshot({ path: `${out}/${file}.png`, fullPage: true })
  await page
    .getByRole('region', { name: 'Runs' })
    .getByRole('link')
    .first()
    .click()
    .catch((e) => console.log(String(e).slice(0, 200)))
  await page
    .getByRole('heading', { name: 'What it showed' })
    .waitFor()
    .catch((e) => console.log(String(e).slice(0, 200)))
  await page
    .locator('img')
    .first()
    .waitFor()
    .catch(() => console.log('no picture'))
  await page.screenshot({ path: `${out}/${file}-run.png`, fullPage: true })
}
await browser.close()
