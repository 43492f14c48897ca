import { consumer, type Consumer } from '#platform/events/events.ts'
import { keepScan } from '#program/membership/applications/keep-scan.ts'
import { objectScanned } from '#scanner/objects/contract.ts'

/** Keeps the verdict on evidence. */
const keep = consumer({
  name: 'applications.keep-scan',
  type: objectScanned,
  handle: (app, { data: { object, outcome, exploit } }) => keepScan(app, object, { outcome, exploit }),
})

export const consumers: readonly Consumer[] = [keep]
