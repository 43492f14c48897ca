import { expect, it } from 'vitest'
import { MAX_ADVISORY_BYTES as LARGEST } from '#program/advisories/import-advisory.ts'
import { MAX_FILE_BYTES as SERVER_MAX_FILE_BYTES } from '#program/packages/attach-file.ts'
import { MAX_LOGO_BYTES as SERVER_MAX_LOGO_BYTES } from '#program/membership/directory/logo/inspect-png.ts'
import { MAX_LOGO_BYTES } from '../web/src/directory/limits.ts'
import { MAX_ADVISORY_BYTES, MAX_FILE_BYTES } from '../web/src/packages/limits.ts'

it('refuses in the browser exactly the files that the server refuses for their size', () => {
  expect([MAX_ADVISORY_BYTES, MAX_FILE_BYTES, MAX_LOGO_BYTES]).toEqual([LARGEST, SERVER_MAX_FILE_BYTES, SERVER_MAX_LOGO_BYTES])
})
