/** What the tests use of a library that has no types of its own. */
declare module '@secvisogram/csaf-validator-lib/validate.js' {
  interface Outcome {
    readonly name: string
    readonly isValid: boolean
    readonly errors: readonly { readonly instancePath: string; readonly message: string }[]
  }
  export default function validate(tests: readonly unknown[], document: unknown): Promise<{ tests: readonly Outcome[]; isValid: boolean }>
}
declare module '@secvisogram/csaf-validator-lib/schemaTests.js' {
  export const csaf_2_0_strict: unknown
}
declare module '@secvisogram/csaf-validator-lib/mandatoryTests.js' {
  export const mandatoryTest_6_1_1: unknown
}
declare module '@secvisogram/csaf-validator-lib/csaf_2_1/schemaTests.js' {
  export const csaf_2_1_strict: unknown
}
declare module '@secvisogram/csaf-validator-lib/csaf_2_1/mandatoryTests.js' {
  export const mandatoryTest_6_1_1: unknown
}
declare module '@secvisogram/csaf-validator-lib/csaf_2_1/csafAjv.js' {
  const ajv: { readonly opts: { multipleOfPrecision?: number } }
  export default ajv
}
