import { Socket } from 'node:net'
import ajv from '@secvisogram/csaf-validator-lib/csaf_2_1/csafAjv.js'

// 8.6 is a multiple of 0.1, whatever the remainder of the division of two floating-point numbers is. Schemas are compiled on import.
ajv.opts.multipleOfPrecision = 6
const { default: validate } = await import('@secvisogram/csaf-validator-lib/validate.js')
const { csaf_2_0_strict } = await import('@secvisogram/csaf-validator-lib/schemaTests.js')
const mandatory20 = await import('@secvisogram/csaf-validator-lib/mandatoryTests.js')
const { csaf_2_1_strict } = await import('@secvisogram/csaf-validator-lib/csaf_2_1/schemaTests.js')
const mandatory21 = await import('@secvisogram/csaf-validator-lib/csaf_2_1/mandatoryTests.js')

// Test 6.1.26 of the library is that of 2.0, which does not know the profiles that 2.1 added.
const tests21 = Object.entries(mandatory21).filter(([name]) => name !== 'mandatoryTest_6_1_26')

const TESTS = {
  '2.0': [csaf_2_0_strict, ...Object.values(mandatory20)],
  '2.1': [csaf_2_1_strict, ...tests21.map(([, test]) => test)],
} as const

/**
 * What the schema and the mandatory tests of the library find wrong, each as a line; never its informative tests, which open the
 * addresses that a document names. A socket that is opened meanwhile fails the test.
 */
export async function csafFaults(version: '2.0' | '2.1', bytes: Uint8Array): Promise<string[]> {
  const { connect } = Socket.prototype
  Socket.prototype.connect = function refuse(): never {
    throw new Error('a validation opens no socket')
  }
  try {
    const { tests } = await validate(TESTS[version], JSON.parse(Buffer.from(bytes).toString('utf8')))
    return tests.flatMap(({ name, isValid, errors }) =>
      isValid ? [] : [`${name}: ${errors.map(({ instancePath, message }) => `${instancePath} ${message}`).join('; ')}`],
    )
  } finally {
    Socket.prototype.connect = connect
  }
}
